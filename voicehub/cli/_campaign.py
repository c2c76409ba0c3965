"""``voicehub campaign``: many callees, each phoned once at most, through crashes and interruptions."""

from voicehub.cli._group import Commands

command = Commands(
    "campaign",
    help="Announce to many callees from a file: nobody is phoned twice, nobody is forgotten.",
    table={
        "plan": ("campaign_plan", "Read and check a file of callees; sends nothing."),
        "run": ("campaign_run", "Send what was planned, as it was planned."),
        "resume": ("campaign_resume", "Go on where a run ended, whatever ended it."),
        "pause": ("campaign_pause", "Let a run finish what is in flight, and end."),
        "cancel": ("campaign_cancel", "Phone nobody any more who is still pending."),
        "status": ("campaign_status", "How many callees stand where, and who is in doubt."),
        "report": ("campaign_report", "The input's rows, each with what became of it."),
        "reconcile": ("campaign_reconcile", "Settle callees in doubt by what the vendors tell."),
        "resolve": ("campaign_resolve", "Settle callees in doubt, by name and with a reason."),
    },
)
