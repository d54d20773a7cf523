using Hedge.Storage.Cores;
using Hedge.Storage.Damages;
using Hedge.Storage.Logs;
using Hedge.Storage.Runs;
using Hedge.Storage.Stores;
using Hedge.Storage.Values;

namespace Hedge.Storage.Jobs;

/// <summary>
/// Notices that somebody has removed or renamed files beneath the running server. Open files can still be
/// read, so everything goes on, but the next start would be refused. The owner's tick.
/// </summary>
/// <remarks>
/// 1. Every <see cref="EveryMilliseconds"/> the owner lists the files that the partition needs, and the
///    background thread looks whether they are there: a look-up of a name each, or one list of the log's
///    directory.
/// 2. What is not there is looked for again soon. Between the list and the look the engine may have renamed
///    or deleted a file itself; then it is not on the second list.
/// 3. What is missing twice is reported (<see cref="DamageRegister"/>), and made anew from what is open: a
///    run is merged alone, the values of a value file are moved, manifest, identity file and ledger are
///    written again, a log segment is left for the next one and everything in it flushed. A stage file is
///    only reported, and so is a partition's directory: it may come back.
/// 4. When a file is there again, or not needed any more, that is said, too.
/// </remarks>
internal sealed class FileWatch(KeyStore partition, Compactor compactor)
{
    /// <summary>How often it looks.</summary>
    public const long EveryMilliseconds = 30_000;

    private const long AgainMilliseconds = 2_000;

    private readonly EngineShared _shared = partition.Settings.Shared;
    private readonly HashSet<string> _reported = [];
    private HashSet<string> _suspects = [];
    private long _looksAt = -1;
    private bool _isLooking;

    private string DataDirectory => _shared.Directory;

    /// <summary>Looks when it is time.</summary>
    public void Tick(CoreStorage core)
    {
        // Not all partitions at once.
        if (_looksAt < 0)
        {
            long share = EveryMilliseconds * (partition.Index + 1) / _shared.Partitions;
            _looksAt = core.SteadyMilliseconds + share;
        }

        if (_isLooking || core.SteadyMilliseconds < _looksAt) return;
        _looksAt = core.SteadyMilliseconds + EveryMilliseconds;
        if (_shared.Failures.Directory is not null) return;
        _isLooking = true;
        core.Enqueue(new FileWatchJob(partition, this, FilesOf(core)));
    }

    /// <summary>The job has ended.</summary>
    public void Looked(CoreStorage core, FileWatchJob job)
    {
        _isLooking = false;
        if (job.Failure is not null) return;
        HashSet<string> missing = [];
        foreach (WatchedFile file in job.Missing)
        {
            missing.Add(file.Path);
            if (!_suspects.Contains(file.Path)) continue;
            if (_reported.Add(file.Path))
            {
                bool isMended = file.Mend is not null;
                _shared.Damages.Report(new Damage(DamageKind.Missing, file.Path, 0, isMended));
            }

            file.Mend?.Invoke(core);
        }

        foreach (string path in _reported)
            if (!missing.Contains(path)) _shared.Damages.Forget(path);
        _reported.IntersectWith(missing);
        if (!missing.IsSubsetOf(_reported)) _looksAt = core.SteadyMilliseconds + AgainMilliseconds;
        _suspects = missing;
    }

    private List<WatchedFile> FilesOf(CoreStorage core)
    {
        List<WatchedFile> files = [new(partition.Files.Store.PathOf(partition.Index), SaveManifest)];
        foreach (Run run in partition.Runs.Newest)
        {
            files.Add(new WatchedFile(run.File.Path, _ =>
            {
                run.Damage.IsMissing = true;
                compactor.PickAgain();
            }));
        }

        if (partition.Index == core.Core) AddLog(core, files);
        if (partition.Index == 0)
        {
            files.Add(new WatchedFile(Manifests.DataDirectory.IdentityOf(DataDirectory),
                _ => _shared.Watch?.WantIdentity()));
            foreach (ValueFile file in _shared.Values.InUse())
                files.Add(WatchedFile.Of(_shared.Values, file));
        }

        return files;
    }

    private void AddLog(CoreStorage core, List<WatchedFile> files)
    {
        string directory = SegmentNames.DirectoryOf(DataDirectory);
        files.Add(new WatchedFile(LogLedger.PathOf(DataDirectory, core.Core),
            at => at.LogPool.Ledger.WantFile(DataDirectory)));
        if (core.Log.IsStaged) files.Add(new WatchedFile(LogStageFormat.PathOf(directory, core.Core)));
        ulong current = core.Log.CurrentSegment.Number;
        foreach (ulong number in core.Log.SegmentNumbers())
        {
            files.Add(new WatchedFile(SegmentNames.PathOf(directory, core.Core, number, ".log"), at =>
            {
                if (at.Log.CurrentSegment.Number == current && number == current) at.LeaveSegment();
                if (_shared.Checkpoints.IsDone(_shared.Checkpoints.Latest)) _shared.Checkpoints.Ask();
            }));
        }
    }

    private void SaveManifest(CoreStorage core)
    {
        if (partition.Installer.IsFree)
            partition.Installer.Begin(core, partition.Files.Manifest, static _ => { });
    }
}
