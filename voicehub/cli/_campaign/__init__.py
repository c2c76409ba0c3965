"""``voicehub campaign``: many callees, each phoned once at most, through crashes and interruptions."""

from voicehub.cli._group import Commands

command = Commands(
    "campaign",
    help="Call everybody in a file: nobody is phoned twice, nobody is forgotten.\n\n"
    "In doubt means that a phone may have rung: such a callee is never called again automatically.",
    modules="voicehub.cli._campaign.{}",
    table={
        "plan": "Read, check and store a file of callees; sends nothing.",
        "run": "Start a campaign, exactly as it was planned.",
        "resume": "Continue a campaign, whatever ended its last run.",
        "pause": "End a run after the requests in flight.",
        "cancel": "Never call those who are still pending.",
        "status": "Show how many callees are in which state, and the batches in doubt.",
        "report": "Write the rows of the input, each with its outcome.",
        "reconcile": "Settle callees in doubt by the vendors' reports and records.",
        "resolve": "Settle callees in doubt by hand, with a name and a reason.",
    },
)
