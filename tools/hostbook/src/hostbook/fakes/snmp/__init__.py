"""PDUs that are not there: SNMP agents on 127.x addresses with registers that grow by a script, or with a recording.

As a process, with a site's agents in one file (see `site.py` for its form) and faults that may change while it runs:

    python -m hostbook.fakes.snmp site.json

In a program (`hostbook simulate`), on its running event loop:

    agents = await serve(site_of(json.loads(text)))   # each answers as soon as this returns
    agents.fault("PDU-A", Fault(Kind.SILENT, from_at=now()))
    agents.close()

What an outlet draws comes from its `Load`, a list of (instant, watts): from that instant on so many watts, before the
first one none. Time is `hostbook.collect.clock`, so that a simulation may run faster than the wall.
"""

from hostbook.fakes.snmp.agent import Agents, serve
from hostbook.fakes.snmp.load import Fault, Kind, Load
from hostbook.fakes.snmp.site import site_of

__all__ = ["Agents", "Fault", "Kind", "Load", "serve", "site_of"]
