using Hedge.Storage.Filters;
using Hedge.Storage.Io;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Loads;

/// <summary>Says which partition a key belongs to.</summary>
public delegate int KeyPlacement(ReadOnlySpan<byte> key);

/// <summary>
/// A load of a file into a database, without the log: each partition's part becomes a run that is newer
/// than all its other runs. Any thread may ask for its state.
/// </summary>
/// <remarks>
/// 1. Each partition names its run (<c>BulkLoader</c>).
/// 2. A <c>LoadJob</c> verifies the whole file, then writes all runs.
/// 3. Each partition puts its run in force when all it holds is flushed, holding writers back meanwhile. So
/// the load is there whole or not at all, in each partition.
/// </remarks>
public sealed class BulkLoad
{
    private volatile string? _failure;

    internal BulkLoad(int database, TransferPath path, int partitions, KeyPlacement place)
    {
        Database = database;
        Path = path;
        Place = place;
        Targets = new LoadTarget[partitions];
        for (int i = 0; i < partitions; i++) Targets[i] = new LoadTarget();
    }

    /// <summary>The database.</summary>
    public int Database { get; }

    /// <summary>The file.</summary>
    public TransferPath Path { get; }

    /// <summary>True when nothing more will happen.</summary>
    public bool IsOver =>
        Array.TrueForAll(Targets, target => target.State is LoadState.Done or LoadState.Failed);

    /// <summary>Why it failed, or failed in some partition; null for not at all.</summary>
    public string? Failure => _failure;

    /// <summary>Records in the file, once it has been verified.</summary>
    public long Records { get; internal set; }

    internal KeyPlacement Place { get; }

    internal LoadTarget[] Targets { get; }

    internal bool IsStarted { get; set; }

    internal void Fail(string reason) => _failure ??= reason;
}

/// <summary>How a partition's part of a load stands.</summary>
internal enum LoadState
{
    /// <summary>The partition has to name its run.</summary>
    Asked,

    /// <summary>The run may be written.</summary>
    Named,

    /// <summary>The run is written and durable.</summary>
    Written,

    /// <summary>A manifest that names it is being saved.</summary>
    Installing,

    /// <summary>It is one of the partition's, or there was nothing for the partition.</summary>
    Done,

    /// <summary>It will never be.</summary>
    Failed,
}

/// <summary>A partition's part of a load: the owner's, but the job's while it is
/// <see cref="LoadState.Named"/>.</summary>
internal sealed class LoadTarget
{
    private volatile LoadState _state;

    public LoadState State
    {
        get => _state;
        set => _state = value;
    }

    /// <summary>The database's keyspace in the partition.</summary>
    public uint Keyspace { get; set; }

    /// <summary>The run's name.</summary>
    public RunId Id { get; set; }

    /// <summary>The run's path.</summary>
    public string Path { get; set; } = "";

    /// <summary>The partition's directory.</summary>
    public string Directory { get; set; } = "";

    /// <summary>The filters of the partition's runs.</summary>
    public FilterLoad[] Filters { get; set; } = [];

    /// <summary>The run, open; null when there is none.</summary>
    public Run? Output { get; set; }

    /// <summary>Its keys with an expiry.</summary>
    public long Expiring { get; set; }

    /// <summary>The nodes of its collections.</summary>
    public long Nodes { get; set; }

    /// <summary>Its keys, as far as it is known that they replace nothing.</summary>
    public long Keys { get; set; }

    /// <summary>True when something was changed while it was being put in force: that has to be done
    /// anew.</summary>
    public bool IsDropped { get; set; }
}
