using Hedge.Storage.Keys;
using Hedge.Storage.Manifests;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Exports;

/// <summary>
/// The data of all partitions at one moment: the runs that hold it, which are kept until
/// <see cref="Release"/>. Writers go on. Any thread may read its state.
/// </summary>
/// <remarks>
/// 1. At the moment, while all partitions are held, each freezes its active generation
///    (its <c>Snapshotter</c>).
/// 2. When the last of the frozen generations has become a run, the partition's runs hold its data of that
///    moment, and the snapshot takes a reference to each.
/// 3. Runs that are merged meanwhile, and values that they refer to, stay on disk until the snapshot ends.
/// </remarks>
public sealed class Snapshot
{
    internal Snapshot(int partitions, long nowMilliseconds)
    {
        NowMilliseconds = nowMilliseconds;
        Parts = new SnapshotPart[partitions];
        for (int i = 0; i < partitions; i++) Parts[i] = new SnapshotPart();
    }

    /// <summary>The moment, in Unix milliseconds. Keys that have expired by then are not in it.</summary>
    public long NowMilliseconds { get; }

    /// <summary>True once all of it may be read.</summary>
    public bool IsReady => Array.TrueForAll(Parts, part => part.State == SnapshotState.Held);

    /// <summary>Why it will never be ready; null when it has not failed.</summary>
    public string? Failure => Array.Find(Parts, part => part.Failure != null)?.Failure;

    internal SnapshotPart[] Parts { get; }

    /// <summary>Releases what it keeps. Call it when nothing reads the snapshot any more.</summary>
    public void Release()
    {
        foreach (SnapshotPart part in Parts) part.Release();
    }
}

/// <summary>The state of a partition's part of a snapshot.</summary>
internal enum SnapshotState
{
    /// <summary>The data is being flushed.</summary>
    Awaited,

    /// <summary>The runs are held.</summary>
    Held,

    /// <summary>It holds nothing any more, and never will.</summary>
    Released,
}

/// <summary>The data of one partition at one moment: a part of a snapshot, or all that somebody
/// needs.</summary>
/// <param name="changed">Is called when the state changes, or when it has failed, on the owner's thread; null
/// when nobody wants to know.</param>
internal sealed class SnapshotPart(Action? changed = null)
{
    private Run[] _runs = [];
    private int _state;
    private volatile string? _failure;

    /// <summary>Why it will never be held; null when it has not failed. Any thread.</summary>
    public string? Failure => _failure;

    /// <summary>Its state. Any thread.</summary>
    public SnapshotState State => (SnapshotState)Volatile.Read(ref _state);

    /// <summary>The last change that is in it. Only the owner may use it.</summary>
    public ulong Sequence { get; set; }

    /// <summary>The databases at the moment.</summary>
    public Keyspaces Keyspaces { get; set; } = null!;

    /// <summary>The runs, newest first, while they are held.</summary>
    public IReadOnlyList<Run> Runs => _runs;

    /// <summary>The manifest that names the runs, while they are held.</summary>
    public PartitionManifest Manifest { get; private set; } = null!;

    /// <summary>Takes references to the runs, unless the snapshot was released. Owner only.</summary>
    public void Hold(ReadOnlySpan<Run> newestFirst, PartitionManifest manifest)
    {
        Manifest = manifest;
        foreach (Run run in newestFirst) run.Acquire();
        _runs = newestFirst.ToArray();
        if (!Exchange(SnapshotState.Awaited, SnapshotState.Held))
            foreach (Run run in newestFirst) run.Release();
        changed?.Invoke();
    }

    /// <summary>Says that the changes up to the moment cannot be flushed. Owner only.</summary>
    public void Fail(string reason)
    {
        _failure ??= reason;
        changed?.Invoke();
    }

    /// <summary>Gives the references back, or prevents that any are taken. Any thread.</summary>
    public void Release()
    {
        if (Exchange(SnapshotState.Awaited, SnapshotState.Released)) return;
        if (!Exchange(SnapshotState.Held, SnapshotState.Released)) return;
        foreach (Run run in _runs) run.Release();
        _runs = [];
    }

    private bool Exchange(SnapshotState from, SnapshotState to) =>
        Interlocked.CompareExchange(ref _state, (int)to, (int)from) == (int)from;
}
