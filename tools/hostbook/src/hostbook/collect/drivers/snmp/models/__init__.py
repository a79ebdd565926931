"""The models that are known, in the order in which they are tried when a device does not say what it is."""

from hostbook.collect.drivers.snmp.models.apc import APC_RPDU2, APC_SWITCHED
from hostbook.collect.drivers.snmp.models.chatsworth import CHATSWORTH
from hostbook.collect.drivers.snmp.models.cyberpower import CYBERPOWER_EPDU, CYBERPOWER_EPDU2
from hostbook.collect.drivers.snmp.models.eaton import EATON_G3
from hostbook.collect.drivers.snmp.models.panduit import ENLOGIC, HPE_G2, PANDUIT_G5
from hostbook.collect.drivers.snmp.models.raritan import RARITAN_PX1, RARITAN_PX2
from hostbook.collect.drivers.snmp.models.sentry import SENTRY3, SENTRY4
from hostbook.collect.drivers.snmp.models.smaller import RNX_UPDU, TRIPP_LITE
from hostbook.collect.drivers.snmp.models.vertiv import LIEBERT_MPH2, VERTIV_V5

MODELS = (
    RARITAN_PX2,
    RARITAN_PX1,
    SENTRY4,
    SENTRY3,
    APC_RPDU2,
    APC_SWITCHED,
    VERTIV_V5,
    LIEBERT_MPH2,
    EATON_G3,
    CYBERPOWER_EPDU2,
    CYBERPOWER_EPDU,
    TRIPP_LITE,
    PANDUIT_G5,
    HPE_G2,
    ENLOGIC,
    RNX_UPDU,
    CHATSWORTH,
)
