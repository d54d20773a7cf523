namespace Hedge.Host.Settings;

/// <summary>Settings of Redis's process: what they are here.</summary>
internal static class ProcessConstants
{
    private const string NoAffinity = "Hedge pins no threads; taskset or the service manager can.";

    public static readonly ConstantSetting Daemonize = new("daemonize", "no")
    {
        Summary = "The server stays in the foreground; a service manager or nohup puts it into the "
            + "background.",
        Change = SettingChange.AtStart,
    };

    public static readonly ConstantSetting IoThreads = new("io-threads", "1")
    {
        Summary = "cores says how many threads serve clients.",
        Change = SettingChange.AtStart,
    };

    public static readonly ConstantSetting IoThreadsDoReads = new("io-threads-do-reads", "no")
    {
        Summary = "cores says how many threads serve clients.",
        Change = SettingChange.AtStart,
    };

    public static readonly ConstantSetting ServerCpulist = new("server_cpulist", "")
    {
        Summary = NoAffinity,
        Change = SettingChange.AtStart,
    };

    public static readonly ConstantSetting BioCpulist = new("bio_cpulist", "")
    {
        Summary = NoAffinity,
        Change = SettingChange.AtStart,
    };

    public static readonly ConstantSetting AofRewriteCpulist = new("aof_rewrite_cpulist", "")
    {
        Summary = NoAffinity,
        Change = SettingChange.AtStart,
    };

    public static readonly ConstantSetting BgsaveCpulist = new("bgsave_cpulist", "")
    {
        Summary = NoAffinity,
        Change = SettingChange.AtStart,
    };

    public static readonly ConstantSetting DynamicHz = new("dynamic-hz", "no")
    {
        Summary = "hz stays what it is set to.",
    };

    public static readonly ConstantSetting SetProcTitle = new("set-proc-title", "no")
    {
        Summary = "The process's title is its command line.",
        Change = SettingChange.AtStart,
    };

    public static readonly ConstantSetting ProcTitleTemplate = new("proc-title-template",
        "{title} {listen-addr} {server-mode}")
    {
        Summary = "The process's title is its command line.",
    };

    public static readonly ConstantSetting AlwaysShowLogo = new("always-show-logo", "no")
    {
        Summary = "There is no logo.",
        Change = SettingChange.AtStart,
    };

    public static readonly ConstantSetting CrashLogEnabled = new("crash-log-enabled", "yes")
    {
        Summary = "What ends the process is always logged.",
    };

    public static readonly ConstantSetting CrashMemcheckEnabled = new("crash-memcheck-enabled", "no")
    {
        Summary = "A crash is followed by no test of the memory.",
    };

    public static readonly ConstantSetting IgnoreWarnings = new("ignore-warnings", "")
    {
        Summary = "There are no warnings that keep the server from starting.",
    };

    public static readonly ConstantSetting LocaleCollate = new("locale-collate", "C")
    {
        Summary = "SORT ALPHA compares bytes.",
    };

    public static readonly ConstantSetting EnableModuleCommand = new("enable-module-command", "no")
    {
        Summary = "There are no modules.",
        Change = SettingChange.AtStart,
    };
}
