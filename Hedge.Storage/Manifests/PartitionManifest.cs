using System.Collections.Immutable;
using System.Globalization;
using Hedge.Storage.Keys;

namespace Hedge.Storage.Manifests;

/// <summary>A run of a partition: its file's number and length in bytes, and whether the numbers of keys say
/// already what its entries have replaced: then the marks of its unresolved entries mean nothing.</summary>
public readonly record struct ManifestRun(ulong FileNumber, long FileBytes, bool IsCounted = false)
{
    internal const string Suffix = ".run";

    /// <summary>The name of a run's file in its partition's directory.</summary>
    internal static string NameOf(ulong fileNumber) =>
        string.Create(CultureInfo.InvariantCulture, $"{fileNumber:D6}{Suffix}");
}

/// <summary>The number of live keys in a keyspace, and of those that have an expiry; below zero when removals
/// of keys that were not there await resolution.</summary>
public readonly record struct KeyspaceKeys(uint Keyspace, long Keys, long Expires = 0);

/// <summary>
/// What a partition consists of on disk, as of its flushed sequence number. Immutable: a change is a new
/// manifest (<c>with</c>), saved whole by <see cref="ManifestStore"/>.
/// </summary>
public sealed record PartitionManifest
{
    /// <summary>The partition.</summary>
    public required int Partition { get; init; }

    /// <summary>The runs, newest first.</summary>
    public ImmutableArray<ManifestRun> Runs { get; init; } = [];

    /// <summary>The file number the next run gets; all numbers in use are below it.</summary>
    public ulong NextFileNumber { get; init; } = 1;

    /// <summary>
    /// Every operation up to this number of the partition's sequence is in the runs; 0 for none.
    /// </summary>
    public ulong FlushedSequence { get; init; }

    /// <summary>Each database's keyspace, by database number.</summary>
    public required ImmutableArray<uint> Databases { get; init; }

    /// <summary>
    /// The keyspace id the next FLUSHDB gives; all ids in use are below it. Ids are never used again.
    /// </summary>
    public required uint NextKeyspace { get; init; }

    /// <summary>
    /// Keyspaces that no database has any more and that runs may still hold entries of, ascending.
    /// </summary>
    public ImmutableArray<uint> DeadKeyspaces { get; init; } = [];

    /// <summary>
    /// The numbers of keys of each keyspace that has any, as of the flushed sequence number: exact but
    /// for what the unresolved entries of runs that are not counted will turn out to have replaced.
    /// </summary>
    public ImmutableArray<KeyspaceKeys> Keys { get; init; } = [];

    /// <summary>Keys that expire up to this time (Unix milliseconds) have been removed; 0 for none.</summary>
    public long ExpiryHorizon { get; init; }

    /// <summary>
    /// The manifest of a new partition: database d has keyspace d + 1 (keyspace 0 is the runs' expiry index).
    /// </summary>
    public static PartitionManifest Empty(int partition, int databases) => new()
    {
        Partition = partition,
        Databases = [.. Enumerable.Range(1, databases).Select(keyspace => (uint)keyspace)],
        NextKeyspace = (uint)databases + 1,
    };

    /// <summary>Compares by content.</summary>
    public bool Equals(PartitionManifest? other) =>
        other is not null && Partition == other.Partition && NextFileNumber == other.NextFileNumber
        && FlushedSequence == other.FlushedSequence && NextKeyspace == other.NextKeyspace
        && ExpiryHorizon == other.ExpiryHorizon && Runs.SequenceEqual(other.Runs)
        && Databases.SequenceEqual(other.Databases) && DeadKeyspaces.SequenceEqual(other.DeadKeyspaces)
        && Keys.SequenceEqual(other.Keys);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        HashCode.Combine(Partition, FlushedSequence, NextFileNumber, Runs.Length);

    /// <summary>The first rule the manifest breaks, or null.</summary>
    public string? Problem()
    {
        if (Databases.IsDefaultOrEmpty) return "it has no databases";
        if (Runs.Any(run => run.FileNumber == 0 || run.FileNumber >= NextFileNumber || run.FileBytes < 0))
            return "a run's file number or length is out of range";
        if (Runs.Select(run => run.FileNumber).Distinct().Count() != Runs.Length)
            return "two runs have one file number";
        if (Databases.Any(keyspace => keyspace == 0 || keyspace >= NextKeyspace)
            || DeadKeyspaces.Any(keyspace => keyspace == 0 || keyspace >= NextKeyspace))
        {
            return "a keyspace id is out of range";
        }

        if (Databases.Distinct().Count() != Databases.Length) return "two databases have one keyspace";
        if (DeadKeyspaces.Intersect(Databases).Any()) return "a database has a dead keyspace";
        bool isNegative =
            Keys.Any(count => count.Keys < 0 && (count.Keyspace & Keyspaces.NodeBit) == 0);
        return isNegative && Runs.All(run => run.IsCounted)
            ? "a keyspace's number of keys is negative" : null;
    }
}
