using Hedge.Storage.Partitions;

namespace Hedge.Storage.Engines;

/// <summary>What a core's storage asks of, and tells, the host whose turns drive it (see
/// <see cref="StorageTurns"/>). All on the core's thread.</summary>
public interface IStorageCallbacks
{
    /// <summary>True when the core holds this partition of its own now; false while it is lent out, when the
    /// storage leaves it alone.</summary>
    bool IsHome(int partition);

    /// <summary>The partition has been ticked: commands that waited for it may be tried.</summary>
    void Ticked(int partition);

    /// <summary>Flushes may have caught up: look at <see cref="Partition.WritePressure"/> again.</summary>
    void PressureChanged();

    /// <summary>The core's log has failed, or works again.</summary>
    void LogChanged(bool hasFailed);
}
