using Hedge.Host.Slots;
using Hedge.Storage.Partitions;

namespace Hedge.Tests.Canary;

/// <summary>A partition whose wait table is bypassed: nobody is told that a key's earlier requests
/// wait.</summary>
internal sealed class OvertakingSlot(Partition store, int home, CursorTable cursors)
    : PartitionSlot(store, home, cursors)
{
    protected override bool HasQueue(ulong line) => false;
}
