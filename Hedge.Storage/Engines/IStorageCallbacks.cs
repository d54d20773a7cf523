using Hedge.Storage.Partitions;

namespace Hedge.Storage.Engines;

/// <summary>What a core's storage asks and tells the host that drives it (<see cref="StorageTurns"/>). All
/// calls are on the core's thread.</summary>
public interface IStorageCallbacks
{
    /// <summary>True while this partition of the core is not lent to another core. The storage leaves a
    /// lent one alone.</summary>
    bool IsHome(int partition);

    /// <summary>The partition has been ticked: commands that waited for it may be tried.</summary>
    void Ticked(int partition);

    /// <summary>Flushes may have caught up: look at <see cref="Partition.WritePressure"/> again.</summary>
    void PressureChanged();

    /// <summary>The core's log has failed, or works again.</summary>
    void LogChanged(bool hasFailed);
}
