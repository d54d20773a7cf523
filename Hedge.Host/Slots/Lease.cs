using Hedge.Host.Clients;

namespace Hedge.Host.Slots;

/// <summary>
/// The right to touch partitions, or whole cores, of several owners at once, for one command. Made by the
/// coordinator (the client's core); owners grant their part one after the other, in ascending order of cores,
/// so no two leases can wait for each other.
/// </summary>
internal sealed class Lease(int coordinator, Request request, PartitionSet partitions, bool wholeCores)
{
    private volatile bool _released;

    /// <summary>The core that runs the command.</summary>
    public int Coordinator => coordinator;

    /// <summary>The command; its client belongs to the coordinator.</summary>
    public Request Request => request;

    /// <summary>The blocked client that an owner has given a partition to, since a key of it has changed;
    /// null for a lease that was asked for.</summary>
    public KeyWait? Wait { get; init; }

    /// <summary>The key that has changed, of a lease with a <see cref="Wait"/>.</summary>
    public ReadOnlyMemory<byte> Key { get; init; }

    /// <summary>The partitions needed.</summary>
    public PartitionSet Partitions => partitions;

    /// <summary>True when every core must stand still.</summary>
    public bool WholeCores => wholeCores;

    /// <summary>True once all partitions are granted and the cores are asked to stand still. Set by the
    /// coordinator before it asks.</summary>
    public bool StopsCores { get; set; }

    /// <summary>Coordinator: the next core to ask.</summary>
    public int NextCore { get; set; }

    /// <summary>Coordinator: where it stands among those that are not granted completely; -1 when it is, or
    /// was never asked for.</summary>
    public int Place { get; set; } = -1;

    /// <summary>True once the coordinator has given it up before it was granted completely. Set before the
    /// owners are told.</summary>
    public bool IsWithdrawn { get; set; }

    /// <summary>Coordinator: position its log must be synced to before the lease ends (appendfsync always),
    /// or 0.</summary>
    public long ReleaseAfter { get; set; }

    /// <summary>A core that stands still looks here whether it may go on.</summary>
    public bool IsReleased
    {
        get => _released;
        set => _released = value;
    }
}
