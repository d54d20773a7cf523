using Hedge.Host.Clients;

namespace Hedge.Host.Slots;

/// <summary>What the command holds that a core runs now, beside the partition of an only key. One per
/// core.</summary>
internal sealed class RunningLease
{
    private PartitionSet _partitions;

    /// <summary>The lease; null when the command runs without one.</summary>
    public Lease? Lease { get; set; }

    /// <summary>The partitions that it holds.</summary>
    public ref readonly PartitionSet Partitions => ref _partitions;

    /// <summary>True while all cores but this one stand still.</summary>
    public bool WholeCores { get; private set; }

    /// <summary>A command is about to run that holds this.</summary>
    public void Set(in PartitionSet partitions, bool wholeCores)
    {
        _partitions = partitions;
        WholeCores = wholeCores;
    }
}
