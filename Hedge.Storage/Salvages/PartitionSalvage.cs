using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using Hedge.Storage.Checks;
using Hedge.Storage.Collections;
using Hedge.Storage.Keys;
using Hedge.Storage.Manifests;
using Hedge.Storage.Merges;
using Hedge.Storage.Pages;
using Hedge.Storage.Partitions;
using Hedge.Storage.Ranges;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Salvages;

/// <summary>
/// Writes all that is whole of a partition into one run of a new directory.
/// </summary>
/// <remarks>
/// 1. One merge of all runs, as for a compaction of all of them. What was outside of runs comes into the run.
/// 2. First comes the index of expiries. If a block of it is lost, the keys that expire are collected in
///    memory, and the merge begins anew.
/// 3. Of each collection the trees are walked when its root comes. A damaged one is made anew of the elements
///    that can be read (<see cref="CollectionRebuild"/>): once for its root, and once more for its nodes,
///    which come behind all keys.
///    So are all collections when it is not known which nodes of a run are lost.
/// 4. A key whose newer version may have been in a lost block is doubtful. It is kept or left out, as the
///    options say. A doubtful node is always left out: the trees say what belongs to them.
/// </remarks>
internal sealed class PartitionSalvage(SalvageContext context, Partition partition, List<LostRange> lost)
    : IDisposable, INodeVisitor
{
    private const ulong FileNumber = 1;
    private const int DoubtfulTold = 20;

    private readonly Run[] _runs = partition.Runs.Newest.ToArray();
    private readonly uint[] _databases = [.. Enumerable.Range(0, partition.Keyspaces.Databases)
        .Select(partition.Keyspaces.IdOf)];

    private readonly List<(uint Keyspace, ulong Collection, Damaged? Damaged)> _collections = [];
    private readonly HashSet<(uint Keyspace, ulong Collection)> _numbers = [];
    private readonly SortedDictionary<uint, (long Keys, long Expires)> _counts = [];
    private readonly SortedSet<byte[]> _expiries = new(Comparer<byte[]>.Create(
        (left, right) => left.AsSpan().SequenceCompareTo(right)));

    private readonly PageBuffer _value = new(Page.Bytes);
    private readonly byte[] _key = new byte[InternalKey.BytesMax];
    private readonly LookupBlocks _blocks = new(context.Overlay, context.MemoryBytes / 4);
    private RunWriter? _writer;
    private NodePlace _place;
    private int _collectionAt;
    private bool _isWriting = true;
    private bool _lacksExpiries;

    private sealed record Damaged(RecordType Type, uint Keyspace, byte[] Root);

    private readonly record struct NodePlace(uint Keyspace, ulong Collection);

    /// <summary>Writes the run and the manifest.</summary>
    public void Write()
    {
        string folder = context.Store.DirectoryOf(partition.Index);
        context.Disk.CreateDirectory(folder);
        RunId id = new((uint)partition.Index, FileNumber);
        string path = $"{folder}/{ManifestRun.NameOf(FileNumber)}";
        if (HasLostExpiries())
        {
            // Only to learn which keys expire.
            _isWriting = false;
            Merge();
            _isWriting = true;
            _lacksExpiries = true;
            Forget();
        }

        long bytes = 0;
        using (_writer = new RunWriter(context.Disk, path, id))
        {
            foreach (byte[] expiry in _expiries) _writer.Add(new RunEntry { Key = expiry });
            Merge();
            bytes = _writer.Finish().FileBytes;
        }

        context.Disk.SyncDirectory(folder);
        context.Store.Save(Manifest(bytes));
        foreach (LostRange range in lost) TellDoubtful(range);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _blocks.Dispose();
        _value.Dispose();
    }

    /// <summary>A node of a collection that is made anew.</summary>
    void INodeVisitor.Visit(uint node, ReadOnlySpan<byte> bytes)
    {
        Span<byte> name = stackalloc byte[NodeKey.SizeBytes];
        new NodeKey(_place.Keyspace, _place.Collection, node).Write(name);
        int length = InternalKey.Write(_key, _place.Keyspace, name);
        Count(_place.Keyspace, false);
        _writer!.Add(new RunEntry
        {
            Key = _key.AsSpan(0, length),
            Type = (byte)RecordType.Node,
            Value = bytes,
        });
    }

    private void Forget()
    {
        _collections.Clear();
        _numbers.Clear();
        _counts.Clear();
        lost.RemoveAll(range => range.Filter is not null);
        foreach (LostRange range in lost) range.Doubtful = 0;
    }

    private bool HasLostExpiries()
    {
        if (lost.Exists(range => range.From.Length == 0 || InternalKey.Keyspace(range.From) == 0))
            return true;
        bool isLost = false;
        foreach (Run run in _runs)
        {
            using RunScanner scanner = new(context.Overlay, run, Page.Bytes * 16)
            {
                Lost = (_, _) => isLost = true,
            };
            scanner.Bounds = new KeyRange(new byte[InternalKey.PrefixBytes], new byte[] { 0, 0, 0, 1 });
            scanner.Seek(scanner.Bounds.From.Span);
            while (!isLost && scanner.MoveNext() == CursorState.Ready)
            {
            }
        }

        return isLost;
    }

    private PartitionManifest Manifest(long bytes) => new()
    {
        Partition = partition.Index,
        Runs = [new ManifestRun(FileNumber, bytes, true)],
        NextFileNumber = FileNumber + 1,
        FlushedSequence = partition.Sequence,
        Databases = [.. _databases],
        NextKeyspace = partition.Keyspaces.Next,
        Keys = [.. _counts.Select(count =>
            new KeyspaceKeys(count.Key, count.Value.Keys, count.Value.Expires))],
        ExpiryHorizon = _lacksExpiries ? 0 : partition.Files.Manifest.ExpiryHorizon,
    };

    private void Merge()
    {
        int readAhead = RunScanner.ShareOf((int)Math.Min(context.MemoryBytes / 4, 1 << 28), _runs.Length);
        RunScanner[] scanners = [.. _runs.Select(run =>
            new RunScanner(context.Overlay, run, readAhead)
            {
                Lost = LostBlock,
                Removed = run.Info.Ranges.Covered,
            })];
        using MergedEntries merge = new(scanners);
        merge.Seek([]);
        CollectionNodes nodes = new(partition.Runs, _blocks);
        bool areNodes = false;
        while (merge.MoveNext() == CursorState.Ready)
        {
            RunEntry head = merge.Head;
            uint keyspace = InternalKey.Keyspace(head.Key);
            if (head.Kind == RunEntryKind.Tombstone) continue;
            if (keyspace == InternalKey.ExpiryKeyspace)
            {
                bool isDue = _isWriting && !_lacksExpiries
                    && partition.Keyspaces.IsLive(InternalKey.ExpiringKeyspace(head.Key));
                if (isDue) _writer!.Add(merge.Current);
                continue;
            }

            if (!partition.Keyspaces.IsLive(keyspace)) continue;
            if ((keyspace & Keyspaces.NodeBit) == 0)
            {
                Key(merge, nodes, keyspace);
                continue;
            }

            if (!_isWriting) return;
            if (!areNodes) _collections.Sort((left, right) => (left.Keyspace, left.Collection)
                .CompareTo((right.Keyspace, right.Collection)));
            areNodes = true;
            Node(merge, nodes, keyspace);
        }

        if (!_isWriting) return;
        if (!areNodes) _collections.Sort((left, right) => (left.Keyspace, left.Collection)
            .CompareTo((right.Keyspace, right.Collection)));
        WriteDamaged(nodes, uint.MaxValue, ulong.MaxValue);
    }

    private void Key(MergedEntries merge, CollectionNodes nodes, uint keyspace)
    {
        RunEntry entry = merge.Current;
        byte[] key = entry.Key.ToArray();
        int source = merge.Source;
        bool isDoubtful = IsDoubtful(source, key);
        if (isDoubtful && context.DropsDoubtful) return;
        byte[]? value = entry.IsReference ? ReadValue(source, entry.Value, key) : null;
        if (entry.IsReference && value is null) return;
        if (entry.Type != (byte)RecordType.String)
        {
            value ??= entry.Value.ToArray();
            value = Collection(nodes, entry.Type, keyspace, key, value);
            if (value is null) return;
        }

        long earliest = entry.Type == (byte)RecordType.Hash ? RootFormat.Earliest(value) : 0;
        long due = entry.ExpireAt == 0 || (earliest != 0 && earliest < entry.ExpireAt)
            ? earliest : entry.ExpireAt;
        if (!_isWriting)
        {
            if (due == 0) return;
            byte[] expiry = new byte[InternalKey.ExpiryPrefixBytes + key.Length];
            int length = InternalKey.WriteExpiry(expiry, due, keyspace, InternalKey.UserKey(key));
            _expiries.Add(expiry[..length]);
            return;
        }

        Count(keyspace, entry.ExpireAt != 0);
        context.Figures.Keys[entry.Type]++;
        RunEntry whole = entry with { IsUnresolved = false, IsReference = false };
        _writer!.Add(value is null ? whole : whole with { Value = value });
    }

    private byte[]? ReadValue(int source, ReadOnlySpan<byte> reference, byte[] key)
    {
        ValueReference place = ValueReference.Read(reference);
        try
        {
            ValueFile file = _runs[source].ValueFile(place.File);
            return ValueReader.Read(context.Overlay, file, place, _value).ToArray();
        }
        catch (IOException problem)
        {
            if (_isWriting && key.Length > 0) Tell(key, $"lost: its value cannot be read: {problem.Message}");
            return null;
        }
    }

    // The value of the key, or null when nothing of the collection is left.
    private byte[]? Collection(CollectionNodes nodes, byte type, uint keyspace, byte[] key, byte[] root)
    {
        bool isDamaged = type > (byte)RecordType.Stream;
        string first = "a record of an unknown type";
        CollectionCheck check = new(nodes, context.HashSeed, problem =>
        {
            if (!isDamaged) first = problem;
            isDamaged = true;
        });
        if (!isDamaged) check.Check((RecordType)type, keyspace, root);
        uint nodeKeyspace = keyspace | Keyspaces.NodeBit;
        // Of which nodes a newer version is lost, nobody knows: only those stay that its trees have.
        bool hasNodes = nodes.Collection != 0 && !RootFormat.IsSmall(root);
        // RENAME passes the number on. Where that the old key is gone was lost, two keys have it.
        ulong number = hasNodes ? Number(nodeKeyspace, nodes.Collection) : 0;
        bool isMadeAnew = isDamaged || (hasNodes && (number != nodes.Collection || lost.Exists(range =>
            range.Filter is null && (range.To.Length == 0 || range.To[0] >= (Keyspaces.NodeBit >> 24)))));
        if (!isMadeAnew)
        {
            if (nodes.Collection != 0) _collections.Add((nodeKeyspace, nodes.Collection, null));
            if (_isWriting) context.Figures.Elements += check.Elements;
            return root;
        }

        byte[]? made = null;
        CollectionRebuild rebuild = new(nodes, context.HashSeed, context.Shape);
        if (hasNodes) made = rebuild.Make((RecordType)type, keyspace, root, number, new NodeCount());
        if (made is not null)
        {
            Damaged damaged = new((RecordType)type, keyspace, root);
            _collections.Add((nodeKeyspace, number, damaged));
        }

        if (!_isWriting) return made;
        context.Figures.Elements += rebuild.Count;
        if (!isDamaged) return made;
        string left = made is null ? "the whole key is lost"
            : $"{rebuild.Count} elements are kept, {check.Lost} are known to be lost";
        Tell(key, $"{(RecordType)type}, damaged: {left} ({first})");
        return made;
    }

    // The collection's number, or a new one if another key has it. The highest bit is of those that no
    // change gives.
    private ulong Number(uint nodeKeyspace, ulong collection)
    {
        ulong number = collection;
        while (!_numbers.Add((nodeKeyspace, number)))
            number = (BitOperations.RotateLeft(number, 23) * 0x9E3779B97F4A7C15) | (1UL << 63);
        return number;
    }

    private void Node(MergedEntries merge, CollectionNodes nodes, uint keyspace)
    {
        ReadOnlySpan<byte> key = merge.Key;
        ulong collection = BinaryPrimitives.ReadUInt64BigEndian(InternalKey.UserKey(key));
        WriteDamaged(nodes, keyspace, collection);
        bool isAlive = _collectionAt < _collections.Count
            && (_collections[_collectionAt].Keyspace, _collections[_collectionAt].Collection)
            == (keyspace, collection);
        if (!isAlive || IsDoubtful(merge.Source, key)) return;
        RunEntry entry = merge.Current;
        byte[]? value = entry.IsReference ? ReadValue(merge.Source, entry.Value, []) : null;
        if (entry.IsReference && value is null) return;
        Count(keyspace, false);
        RunEntry whole = entry with { IsUnresolved = false, IsReference = false };
        _writer!.Add(value is null ? whole : whole with { Value = value });
    }

    // Writes the nodes of all damaged collections up to and including one, and goes to that one.
    private void WriteDamaged(CollectionNodes nodes, uint keyspace, ulong collection)
    {
        for (; _collectionAt < _collections.Count; _collectionAt++)
        {
            (uint ownKeyspace, ulong own, Damaged? damaged) = _collections[_collectionAt];
            int order = (ownKeyspace, own).CompareTo((keyspace, collection));
            if (order > 0 || (order == 0 && damaged is null)) return;
            if (damaged is null) continue;
            _place = new NodePlace(ownKeyspace, own);
            new CollectionRebuild(nodes, context.HashSeed, context.Shape)
                .Make(damaged.Type, damaged.Keyspace, damaged.Root, own, this);
        }
    }

    private void Count(uint keyspace, bool expires)
    {
        (long keys, long expiring) = _counts.GetValueOrDefault(keyspace);
        _counts[keyspace] = (keys + 1, expiring + (expires ? 1 : 0));
    }

    private void LostBlock(Run run, long number)
    {
        byte[] from = run.SeparatorAt(number).ToArray();
        byte[] to = number + 1 < run.Blocks ? run.SeparatorAt(number + 1).ToArray()
            : [.. run.Info.MaxKey, 0];
        lost.Add(new LostRange(run.Id.FileNumber, from, to, run));
        if (!_isWriting) return;
        context.Tell(new CheckFinding(true, run.File.Path, $"block {number} is lost")
        {
            Offset = run.BlockAt(number).Offset,
            Partition = partition.Index,
            Key = KeyText.Of(from, _databases),
            KeyEnd = KeyText.Of(to, _databases),
        });
    }

    // A range of an unknown run is newer than all.
    private bool IsDoubtful(int source, ReadOnlySpan<byte> key)
    {
        bool isDoubtful = false;
        foreach (LostRange range in lost)
        {
            int newer = Array.FindIndex(_runs, run => run.Id.FileNumber == range.Run);
            if (newer >= source || !range.MayHave(key)) continue;
            if ((InternalKey.Keyspace(key) & Keyspaces.NodeBit) == 0 && _isWriting) TellOne(range, key);
            isDoubtful = true;
        }

        return isDoubtful;
    }

    private void TellOne(LostRange range, ReadOnlySpan<byte> key)
    {
        if (++range.Doubtful > DoubtfulTold) return;
        string what = context.DropsDoubtful ? "left out" : "kept";
        Tell(key, $"{what}, but doubtful: a newer version of it, or its removal, may be in what is lost");
    }

    private void TellDoubtful(LostRange range)
    {
        if (range.Doubtful <= DoubtfulTold) return;
        context.Tell(new CheckFinding(true, partition.Files.Directory, string.Create(
            CultureInfo.InvariantCulture, $"{range.Doubtful - DoubtfulTold} more doubtful keys"))
        {
            Partition = partition.Index,
            Key = KeyText.Of(range.From, _databases),
            KeyEnd = range.To.Length == 0 ? null : KeyText.Of(range.To, _databases),
        });
    }

    private void Tell(ReadOnlySpan<byte> key, string message) =>
        context.Tell(new CheckFinding(true, partition.Files.Directory, message)
        {
            Partition = partition.Index,
            Key = KeyText.Of(key, _databases),
        });

    private sealed class NodeCount : INodeVisitor
    {
        public void Visit(uint node, ReadOnlySpan<byte> bytes)
        {
        }
    }
}
