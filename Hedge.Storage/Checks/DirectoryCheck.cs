using Hedge.Storage.Cores;
using Hedge.Storage.Engines;
using Hedge.Storage.Io;
using Hedge.Storage.Io.Disk;
using Hedge.Storage.Keys;
using Hedge.Storage.Manifests;
using Hedge.Storage.Partitions;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Checks;

/// <summary>How a directory is checked.</summary>
public sealed class CheckOptions
{
    /// <summary>The data directory.</summary>
    public required string Directory { get; init; }

    /// <summary>An empty directory elsewhere, for what a start would write. The caller deletes it.</summary>
    public required string Scratch { get; init; }

    /// <summary>Memory for blocks, records and read-ahead, in bytes, at least 16 MiB.</summary>
    public long MemoryBytes { get; init; } = 256L << 20;
}

/// <summary>The directory cannot be checked: it is in use, not there, or of another version.</summary>
public sealed class NotCheckedException(string message) : IOException(message);

/// <summary>
/// Checks a data directory at rest, and changes nothing in it.
/// </summary>
/// <remarks>
/// 1. The directory is locked, so that no server uses it.
/// 2. The files as they stand: identity, manifests, runs with all blocks and all values that they refer to
///    (<see cref="RunCheck"/>), ledgers, stage files and logs (<see cref="LogCheck"/>), and what nothing
///    refers to (<see cref="StrayFiles"/>).
/// 3. What they mean together: the engine opens the directory through an <see cref="OverlayDisk"/>, as the
///    next start will. Then everything that the logs have is in runs too, and <see cref="ContentCheck"/> goes
///    through each partition. A run that cannot be opened is left out first.
/// </remarks>
public sealed class DirectoryCheck
{
    private const long MemoryBytesMin = 16L << 20;

    private readonly CheckContext _context;
    private readonly CheckOptions _options;
    private readonly IDisk _disk;
    private readonly IDisk _scratch;
    private readonly IClock _clock;
    private readonly List<ValueFileUse> _uses = [];
    private readonly HashSet<string> _runs = [];
    private readonly Dictionary<int, PartitionManifest> _usable = [];
    private readonly HashSet<int> _lossy = [];
    private bool _isUsable = true;

    private DirectoryCheck(CheckOptions options, IDisk disk, IDisk scratch, IClock clock, ICheckSink sink)
    {
        (_options, _disk, _scratch, _clock) = (options, disk, scratch, clock);
        _context = new CheckContext(disk, options.Directory, sink,
            Math.Max(options.MemoryBytes, MemoryBytesMin));
    }

    /// <summary>Checks a directory.</summary>
    /// <param name="options">What and how.</param>
    /// <param name="disk">The disk of the directory.</param>
    /// <param name="scratch">The disk of the scratch directory.</param>
    /// <param name="clock">The time.</param>
    /// <param name="sink">Hears what is found.</param>
    /// <exception cref="NotCheckedException">It cannot be checked.</exception>
    /// <exception cref="DiskException">The disk failed, or the scratch directory's is full.</exception>
    public static CheckFigures Run(
        CheckOptions options, IDisk disk, IDisk scratch, IClock clock, ICheckSink sink)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(disk);
        if (!disk.Exists(options.Directory))
            throw new NotCheckedException($"{options.Directory} does not exist");
        using IDirectoryLock held = disk.TryLockToRead(options.Directory)
            ?? throw new NotCheckedException(
                $"data directory {options.Directory} is in use by another process: stop the server first");
        DirectoryCheck check = new(options, disk, scratch, clock, sink);
        check.Run();
        return check._context.Figures;
    }

    private void Run()
    {
        OverlayDisk overlay = new(_disk, _scratch, _options.Scratch);
        if (Identity(overlay) is not { } directory) return;
        using (directory)
        {
            ulong[] flushed = new ulong[directory.Partitions];
            CheckManifests(directory, flushed);
            new StrayFiles(_context).Check(directory, _runs, _uses);
            // The engine finishes and replays the logs anew.
            bool isDamaged = new LogCheck(_context).Check(
                new OverlayDisk(_disk, _scratch, Below(_scratch, "log")), directory, flushed, _uses);
            if (isDamaged) _lossy.UnionWith(Enumerable.Range(0, directory.Partitions));
        }

        if (_isUsable) CheckContents(overlay, directory);
    }

    private string Below(IDisk disk, string name)
    {
        string path = $"{_options.Scratch}/{name}";
        disk.CreateDirectory(path);
        return path;
    }

    private DataDirectory? Identity(OverlayDisk overlay)
    {
        string path = _options.Directory;
        IReadOnlyList<string> names = overlay.List(path);
        if (!names.Contains("HEDGE"))
        {
            bool isHedges = names.Any(name => name is "log" or "p00" or "LOG-00");
            if (!isHedges) throw new NotCheckedException($"{path} is no data directory of Hedge's");
            _context.Damage($"{path}/HEDGE", "the directory's identity file is missing. "
                + "Without it nothing else can be checked");
            return null;
        }

        try
        {
            return DataDirectory.Open(overlay, OverlaidEngine.Seed, path, 1, 1);
        }
        catch (ManifestException problem) when (problem.Problem != ManifestProblem.UnknownVersion)
        {
            _context.Damage(problem.Path, problem.Message + ". Without it nothing else can be checked");
            return null;
        }
        catch (ManifestException problem)
        {
            throw new NotCheckedException(problem.Message);
        }
    }

    private void CheckManifests(DataDirectory directory, ulong[] flushed)
    {
        ManifestStore store = new(_disk, directory.Path);
        List<PartitionManifest> manifests = [];
        for (int i = 0; i < directory.Partitions; i++)
        {
            try
            {
                manifests.Add(store.Load(i));
                flushed[i] = manifests[^1].FlushedSequence;
            }
            catch (IOException problem)
            {
                _isUsable = false;
                string message = problem.Message + "; nothing of the partition can be checked";
                _context.Tell(new CheckFinding(true, store.PathOf(i), message) { Partition = i });
            }
        }

        long blocks = manifests.Sum(manifest => manifest.Runs.Sum(run => run.FileBytes));
        _context.Begin(blocks);
        using ReferencedValues values = new(_disk, directory.Path);
        using RunCheck runs = new(_context, values);
        foreach (PartitionManifest manifest in manifests)
            CheckRuns(store.DirectoryOf(manifest.Partition), manifest, runs);
    }

    private void CheckRuns(string folder, PartitionManifest manifest, RunCheck check)
    {
        uint[] databases = [.. manifest.Databases];
        List<ManifestRun> usable = [];
        foreach (ManifestRun run in manifest.Runs)
        {
            string path = $"{folder}/{ManifestRun.NameOf(run.FileNumber)}";
            _runs.Add(path);
            if (!_disk.Exists(path))
            {
                _context.Tell(new CheckFinding(true, path, "the manifest names it, but the file is missing")
                {
                    Partition = manifest.Partition,
                });
                continue;
            }

            RunId id = new((uint)manifest.Partition, run.FileNumber);
            long damages = _context.Figures.Damages;
            long horizon = Math.Max(manifest.ExpiryHorizon, _clock.UnixMilliseconds);
            if (check.Check(path, id, databases, horizon) is { } info)
            {
                usable.Add(run);
                _uses.AddRange(info.Values);
                CheckSaid(path, manifest, run, info);
            }

            if (_context.Figures.Damages > damages) _lossy.Add(manifest.Partition);
        }

        if (usable.Count == manifest.Runs.Length) return;
        _lossy.Add(manifest.Partition);
        _usable.Add(manifest.Partition, manifest with { Runs = [.. usable] });
    }

    private void CheckSaid(string path, PartitionManifest manifest, ManifestRun run, RunInfo info)
    {
        if (info.FileBytes != run.FileBytes)
            _context.Damage(path, $"the manifest says that it has {run.FileBytes} bytes");
        foreach (KeyspaceCount count in info.Keyspaces)
        {
            if ((count.Keyspace & ~Keyspaces.NodeBit) < manifest.NextKeyspace) continue;
            _context.Damage(path, $"it has keys of keyspace {count.Keyspace}, which was never given");
        }
    }

    private void CheckContents(OverlayDisk overlay, DataDirectory directory)
    {
        ManifestStore store = new(overlay, directory.Path);
        foreach (PartitionManifest manifest in _usable.Values) store.Save(manifest);
        LostChanges lost = new();
        Engine engine;
        try
        {
            EngineOptions options = OverlaidEngine.Options(directory, _context.MemoryBytes, lost);
            engine = Engine.Open(options, overlay, _clock, OverlaidEngine.Seed);
        }
        catch (IOException problem)
        {
            if (problem is DiskException { IsFull: true }) throw;
            _context.Damage(directory.Path, $"no server can open it: {problem.Message}");
            return;
        }

        using (engine)
        {
            foreach ((int index, uint keyspace, string key) in lost.Keys)
            {
                _lossy.Add(index);
                _context.Tell(OverlaidEngine.LostChange(engine.Partitions[index], keyspace, key,
                    "a logged change is to a record that cannot be read or is not there"));
            }

            _context.Begin(engine.Recovery.RunBytes);
            _context.Disk = overlay;
            using ContentCheck check = new(_context);
            foreach (Partition partition in engine.Partitions)
                check.Check(partition, directory.HashSeed, _lossy.Contains(partition.Index));
        }
    }
}
