using System.Buffers.Binary;
using System.Globalization;
using Hedge.Storage.Keys;
using Hedge.Storage.Merges;
using Hedge.Storage.Pages;
using Hedge.Storage.Partitions;
using Hedge.Storage.Ranges;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Checks;

/// <summary>
/// Checks what a partition's runs hold together: each collection, and the number of keys.
/// </summary>
/// <remarks>
/// 1. One merge of all runs, newest first, as a compaction reads them. Keys come first. Each collection is
///    checked when its root comes, by look-ups of its nodes through a cache. Of a collection with nodes its
///    number is kept, with how many of its nodes its trees have: 16 bytes.
/// 2. Nodes come behind all keys, by collection. How many there are is compared with what the trees have.
///    Nodes of a collection that no key has are dead, which is no damage: a merge drops them.
/// 3. The merge finds out what blind writes have replaced (<see cref="MergeCounts"/>). With that, the number
///    of keys that the partition knows is exact, and is compared with how many there are.
/// </remarks>
internal sealed class ContentCheck(CheckContext context) : IDisposable
{
    // Of one collection this much is told.
    private const int ToldOfOne = 16;

    private readonly List<(ulong Collection, long Nodes)> _collections = [];
    private readonly PageBuffer _value = new(Page.Bytes);
    private bool _isLossy;

    /// <summary>Checks a partition.</summary>
    /// <param name="partition">The partition, with everything in runs.</param>
    /// <param name="hashSeed">The data directory's part of the hashes' seeds.</param>
    /// <param name="isLossy">True when it is known that something is missing. Then the number of keys says
    /// nothing.</param>
    public void Check(Partition partition, ulong hashSeed, bool isLossy)
    {
        Run[] runs = partition.Runs.Newest.ToArray();
        if (runs.Length == 0) return;
        _isLossy = isLossy;
        _collections.Clear();
        bool[] isCounted = [.. runs.Select(partition.Counts.IsCounted)];
        MergeCounts counts = new(isCounted, true,
            new MergeRanges([.. runs.Select(run => run.Info.Ranges)], isCounted));
        int readAhead = RunScanner.ShareOf((int)Math.Min(context.MemoryBytes / 4, 1 << 28), runs.Length);
        RunScanner[] scanners = [.. runs.Select(run =>
            new RunScanner(context.Disk, run, readAhead) { Lost = (_, _) => _isLossy = true })];
        using LookupBlocks blocks = new(context.Disk, context.MemoryBytes / 4);
        using MergedEntries merge = new(scanners, counts);
        CollectionNodes nodes = new(partition.Runs, blocks);
        Tally tally = new(partition);
        long passed = 0;
        while (merge.MoveNext() == CursorState.Ready)
        {
            Visit(partition, merge, nodes, hashSeed, tally);
            long read = scanners.Sum(scanner => scanner.BytesRead);
            if (read != passed) context.Passed("bytes of keys and collections checked", read - passed);
            passed = read;
        }

        EndCollection(tally);
        if (_isLossy) return;
        foreach (CountCorrection correction in counts.Sums.All) tally.Correct(correction);
        tally.Compare(context);
    }

    /// <inheritdoc/>
    public void Dispose() => _value.Dispose();

    private void Visit(Partition partition, MergedEntries merge, CollectionNodes nodes, ulong hashSeed,
        Tally tally)
    {
        RunEntry entry = merge.Head;
        uint keyspace = InternalKey.Keyspace(entry.Key);
        bool isThere = entry.Kind == RunEntryKind.Put && keyspace != InternalKey.ExpiryKeyspace
            && partition.Keyspaces.IsLive(keyspace);
        if (!isThere) return;
        if ((keyspace & Keyspaces.NodeBit) != 0)
        {
            Node(entry, tally);
            return;
        }

        tally.Count(keyspace, entry.ExpireAt != 0);
        int type = entry.Type;
        if (type > (int)RecordType.Stream)
        {
            Tell(partition, entry.Key, $"a record of type {type}, which no key has");
            return;
        }

        context.Figures.Keys[type]++;
        if (type == (int)RecordType.String) return;
        // Look-ups do not touch the merge's memory, but the key is needed after them.
        RunEntry whole = merge.Current;
        byte[] key = whole.Key.ToArray();
        if (RootOf(partition, whole) is { } root)
            CheckCollection(partition, key, (RecordType)type, root, nodes, hashSeed);
    }

    private void CheckCollection(Partition partition, byte[] key, RecordType type, byte[] root,
        CollectionNodes nodes, ulong hashSeed)
    {
        int told = 0;
        CollectionCheck check = new(nodes, hashSeed, problem =>
        {
            if (told++ < ToldOfOne) Tell(partition, key, $"{type}: {problem}");
        });
        check.Check(type, InternalKey.Keyspace(key), root);
        if (told > ToldOfOne) Tell(partition, key, $"{told - ToldOfOne} more such problems");
        if (told > 0)
        {
            Tell(partition, key, string.Create(CultureInfo.InvariantCulture,
                $"{check.Elements} elements can be read, {check.Lost} are known to be lost"));
        }

        context.Figures.Elements += check.Elements;
        if (nodes.Collection == 0) return;
        context.Figures.Nodes += nodes.Reached;
        _collections.Add((nodes.Collection, told > 0 ? -1 : nodes.Reached));
    }

    // A small collection may be a value outside of its run. The check of the run has said so when it cannot
    // be read.
    private byte[]? RootOf(Partition partition, in RunEntry entry)
    {
        if (!entry.IsReference) return entry.Value.ToArray();
        ValueReference reference = ValueReference.Read(entry.Value);
        foreach (Run run in partition.Runs.Newest)
        {
            if (!run.Info.Values.Any(use => use.File == reference.File)) continue;
            try
            {
                return ValueReader.Read(context.Disk, run.ValueFile(reference.File), reference, _value)
                    .ToArray();
            }
            catch (IOException)
            {
                _isLossy = true;
                return null;
            }
        }

        return null;
    }

    private void Node(in RunEntry entry, Tally tally)
    {
        ulong collection = BinaryPrimitives.ReadUInt64BigEndian(InternalKey.UserKey(entry.Key));
        uint keyspace = InternalKey.Keyspace(entry.Key);
        if (collection != tally.Collection || keyspace != tally.NodeKeyspace)
        {
            EndCollection(tally);
            tally.BeginCollection(keyspace, collection);
        }

        tally.NodesOfOne++;
    }

    // The numbers are those of the partition, so no two keyspaces share one.
    private void EndCollection(Tally tally)
    {
        if (tally.NodesOfOne == 0) return;
        if (!tally.IsSorted)
        {
            _collections.Sort();
            tally.IsSorted = true;
        }

        int at = _collections.BinarySearch((tally.Collection, long.MinValue));
        at = at < 0 ? ~at : at;
        bool isAlive = at < _collections.Count && _collections[at].Collection == tally.Collection;
        if (!isAlive)
        {
            context.Figures.DeadNodes += tally.NodesOfOne;
            return;
        }

        long reached = _collections[at].Nodes;
        if (reached < 0 || reached == tally.NodesOfOne || _isLossy) return;
        context.Tell(new CheckFinding(true, tally.Directory, string.Create(CultureInfo.InvariantCulture,
            $"collection {tally.Collection} has {tally.NodesOfOne} nodes, of which its trees have {reached}"))
        {
            Partition = tally.Partition,
        });
    }

    private void Tell(Partition partition, ReadOnlySpan<byte> key, string message)
    {
        uint[] databases = new uint[partition.Keyspaces.Databases];
        for (int i = 0; i < databases.Length; i++) databases[i] = partition.Keyspaces.IdOf(i);
        context.Tell(new CheckFinding(true, partition.Files.Directory, message)
        {
            Partition = partition.Index,
            Key = KeyText.Of(key, databases),
        });
    }

    // What comes out of the merge, and what the partition says.
    private sealed class Tally(Partition partition)
    {
        private readonly long[] _keys = new long[partition.Keyspaces.Databases];
        private readonly long[] _expires = new long[partition.Keyspaces.Databases];
        private readonly long[] _saidKeys = Said(partition, partition.Keyspaces.Keys);
        private readonly long[] _saidExpires = Said(partition, partition.Keyspaces.Expires);

        public string Directory => partition.Files.Directory;

        public int Partition => partition.Index;

        public bool IsSorted { get; set; }

        public ulong Collection { get; private set; }

        public uint NodeKeyspace { get; private set; }

        public long NodesOfOne { get; set; }

        public void BeginCollection(uint keyspace, ulong collection) =>
            (NodeKeyspace, Collection, NodesOfOne) = (keyspace, collection, 0);

        public void Count(uint keyspace, bool expires)
        {
            int database = partition.Keyspaces.DatabaseOf(keyspace);
            _keys[database]++;
            if (expires) _expires[database]++;
        }

        public void Correct(CountCorrection correction)
        {
            int database = partition.Keyspaces.DatabaseOf(correction.Keyspace);
            if (database < 0) return;
            _saidKeys[database] += correction.Keys;
            _saidExpires[database] += correction.Expires;
        }

        public void Compare(CheckContext context)
        {
            for (int database = 0; database < _keys.Length; database++)
            {
                Compare(context, database, "keys", _keys[database], _saidKeys[database]);
                Compare(context, database, "keys with an expiry", _expires[database],
                    _saidExpires[database]);
            }
        }

        private void Compare(CheckContext context, int database, string what, long found, long said)
        {
            if (found == said) return;
            string message = string.Create(CultureInfo.InvariantCulture,
                $"db {database} has {found} {what} in this partition, but counts {said} (DBSIZE is wrong)");
            context.Tell(new CheckFinding(true, Directory, message) { Partition = Partition });
        }

        private static long[] Said(Partition partition, Func<int, long> of) =>
            [.. Enumerable.Range(0, partition.Keyspaces.Databases).Select(of)];
    }
}
