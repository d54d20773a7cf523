using Hedge.Storage.Manifests;

namespace Hedge.Host.Settings;

/// <summary>Settings of backups and kept logs.</summary>
internal static class BackupDeclarations
{
    private const long Megabyte = 1024 * 1024;

    public static readonly TextSetting Directory = new("backup-dir", DataDirectory.BackupName)
    {
        Summary = "The directory that HEDGE.BACKUP writes backups into, and no other server; a relative path "
            + "is taken from dir. Empty forbids the command.",
        Change = SettingChange.AtStart,
    };

    public static readonly MemorySetting Rate = new("backup-rate", 200 * Megabyte, 0, long.MaxValue)
    {
        Summary = "Bytes that a backup reads and writes in a second at most; 0 for any number.",
    };

    public static readonly BooleanSetting Logs = new("backup-logs", false)
    {
        Summary = "Whether the logs are copied into backup-dir, about a second behind, so that a backup can "
            + "be restored to any time after it.",
        Change = SettingChange.AtStart,
    };
}
