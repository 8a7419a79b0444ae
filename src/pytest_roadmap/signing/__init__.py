"""What people sign: keys, signed statements, attestations, sign-offs.

    keys          Ed25519 key files; whom a suite trusts, and for what
    envelopes     bytes ⇄ a DSSE envelope whose one signature is good
    statements    the in-toto statement inside: about a requirement, or a decision
    attestations  a suite's attestations/*.json → Attestations, and a new one
    sign_offs     a run's sign-offs/*.json → SignOffs, and a new one

Who may sign stands in the suite's keys.yaml and is never taken from a signed
file.  The libraries are loaded where a file is signed or looked at, and no
sooner.
"""

from __future__ import annotations
