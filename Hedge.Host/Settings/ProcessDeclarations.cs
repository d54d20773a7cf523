namespace Hedge.Host.Settings;

/// <summary>The process and what manages it.</summary>
internal static class ProcessDeclarations
{
    public static readonly TextSetting PidFile = new("pidfile", "")
    {
        Summary = "File that holds the process's number while the server runs; empty for none.",
        Change = SettingChange.AtStart,
    };

    public static readonly ChoiceSetting<Supervision> Supervised = new("supervised", Supervision.No)
    {
        Summary = "What is told, through NOTIFY_SOCKET, when the server is ready and when it stops: systemd, "
            + "auto (systemd where it asks for that), no.",
        Change = SettingChange.AtStart,
        Obstacle = static kind => kind == Supervision.Upstart
            ? "Hedge does not stop itself to tell upstart that it is ready" : null,
    };

    public static readonly BooleanSetting SyslogEnabled = new("syslog-enabled", false)
    {
        Summary = "Whether the log's lines go to the system's log as well (/dev/log).",
        Change = SettingChange.AtStart,
    };

    public static readonly TextSetting SyslogIdent = new("syslog-ident", "redis")
    {
        Summary = "Name of the process in the system's log.",
        Change = SettingChange.AtStart,
    };

    public static readonly ChoiceSetting<SyslogFacility> SyslogFacility = new("syslog-facility",
        Settings.SyslogFacility.Local0)
    {
        Summary = "Facility of the lines in the system's log.",
        Change = SettingChange.AtStart,
    };

    public static readonly ChoiceSetting<OomScoring> OomScoreAdjust = new("oom-score-adj", OomScoring.No)
    {
        Summary = "Whether oom-score-adj-values is written to the process's oom_score_adj: no, relative (or "
            + "yes: added to what it was), absolute.",
    };

    public static readonly OomScoresSetting OomScores = new("oom-score-adj-values")
    {
        Summary = "The score of a primary, a replica and a background process; the first counts here.",
    };

    public static readonly BooleanSetting DisableHugePages = new("disable-thp", false)
    {
        Summary = "Whether the process does without transparent huge pages. There is no process that copies "
            + "memory on write, so they do no harm here and make look-ups faster.",
        Change = SettingChange.AtStart,
    };

    public static readonly ShutdownSetting ShutdownOnInterrupt = new("shutdown-on-sigint")
    {
        Summary = "How SIGINT ends the server: default, or words of SHUTDOWN (save, nosave, now, force).",
    };

    public static readonly ShutdownSetting ShutdownOnTerminate = new("shutdown-on-sigterm")
    {
        Summary = "The same for SIGTERM.",
    };
}
