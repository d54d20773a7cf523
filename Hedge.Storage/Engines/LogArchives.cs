using Hedge.Storage.Cores;
using Hedge.Storage.Io;
using Hedge.Storage.Logs;
using Hedge.Storage.Manifests;
using Hedge.Storage.Recoveries;
using Hedge.Storage.Values;

namespace Hedge.Storage.Engines;

/// <summary>The archives of all cores' logs, if logs are kept.</summary>
internal sealed class LogArchives
{
    private readonly IDisk _disk;
    private readonly string _logDirectory;
    private readonly RecoveredLogs _logs;
    private readonly ArchiveFolder? _folder;
    private readonly LogArchive?[] _archives;

    /// <summary>Begins a start's archive. What is logged before a kill belongs to this start, even if nothing
    /// of it was copied.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="directory">The data directory.</param>
    /// <param name="options">Say whether and where.</param>
    /// <param name="logs">Know the new logs' numbers.</param>
    /// <param name="report">Gets the problem when it cannot begin; it is tried again then.</param>
    public LogArchives(IDisk disk, DataDirectory directory, EngineOptions options, RecoveredLogs logs,
        RecoveryReport report)
    {
        _disk = disk;
        _logDirectory = SegmentNames.DirectoryOf(directory.Path);
        _logs = logs;
        _archives = new LogArchive?[options.Cores];
        if (options.ArchiveDirectory is not { } backups) return;
        _folder = new ArchiveFolder(backups, directory.Life);
        try
        {
            _folder.Begin(disk, logs.LeastNumber);
        }
        catch (IOException problem)
        {
            report.ArchiveProblem ??= problem.Message;
        }
    }

    /// <summary>How it goes. Any thread.</summary>
    public ArchiveFigures Figures => new(
        _folder is not null,
        Array.Find(_archives, archive => archive?.Failure is not null)?.Failure,
        _archives.Sum(archive => archive?.Gaps ?? 0));

    /// <summary>Opens a core's; null when logs are not kept.</summary>
    public LogArchive? Open(int core) => _archives[core] = _folder is null ? null
        : new LogArchive(_disk, _logDirectory, _folder, _logs.LeastNumber, core, _logs.FirstNumber(core));
}
