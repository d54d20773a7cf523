#pragma warning disable CA1822
using Hedge.Storage.Records;

namespace Hedge.Storage.Partitions;

/// <summary>
/// Where a core's changes go: each into its log, those of one command in one record. The change takes the number after
/// the partition's last.
/// </summary>
internal sealed class ChangeLog
{
    /// <summary>Logs a <see cref="PartitionWriter.Put"/>.</summary>
    public void Put(Partition partition, uint keyspace, ReadOnlySpan<byte> key, in RecordContent content, CountDelta delta)
    {
    }

    /// <summary>Logs a <see cref="PartitionWriter.Remove"/>.</summary>
    public void Remove(Partition partition, uint keyspace, ReadOnlySpan<byte> key, CountDelta delta)
    {
    }

    /// <summary>Logs a <see cref="PartitionWriter.SetExpiry"/>.</summary>
    public void SetExpiry(Partition partition, uint keyspace, ReadOnlySpan<byte> key, long expireAt)
    {
    }

    /// <summary>Logs a <see cref="PartitionWriter.WriteRange"/>.</summary>
    public void WriteRange(Partition partition, uint keyspace, ReadOnlySpan<byte> key, int offset,
        ReadOnlySpan<byte> bytes, int length, CountDelta delta)
    {
    }

    /// <summary>Logs a <see cref="PartitionWriter.FlushDatabase"/>.</summary>
    public void AssignKeyspace(Partition partition, int database, uint keyspace)
    {
    }

    /// <summary>Logs a <see cref="PartitionWriter.SwapDatabases"/>.</summary>
    public void SwapDatabases(Partition partition, int first, int second)
    {
    }
}
