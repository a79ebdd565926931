"""What other services learn of a customer; internal notes and phone stay here."""

from typing import Any

from customers.domain.customer import Customer


def facts(customer: Customer) -> dict[str, Any]:
    return {
        "customer_id": customer.id,
        "version": customer.version,
        "name": customer.name,
        "company": customer.company,
        "contact_email": customer.contact_email,
        "billing_email": customer.billing_email,
        "currency": customer.currency,
        "is_active": customer.is_active,
        "has_portal_access": customer.has_portal_access,
        "on_billing_hold": customer.on_billing_hold,
        "issuing_entity_id": customer.issuing_entity_id,
    }
