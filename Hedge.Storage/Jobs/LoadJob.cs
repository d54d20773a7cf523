using Hedge.Storage.CollectionFiles;
using Hedge.Storage.Collections;
using Hedge.Storage.Cores;
using Hedge.Storage.Io;
using Hedge.Storage.Keys;
using Hedge.Storage.Loads;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Jobs;

/// <summary>
/// Writes the runs of a <see cref="BulkLoad"/>.
/// </summary>
/// <remarks>
/// 1. The file is verified to its end. What expires is collected: that comes first in a run.
/// 2. It is read again, and the records of the keys are written.
/// 3. When there are collections with nodes, it is read once more, and the nodes are written, which come
///    behind all keys.
/// 4. The runs are synced and opened.
///
/// A collection's number is made of its run's number, which no other run has, and of its place in the file.
/// The highest bit says so: no change of a partition has such a number.
/// </remarks>
internal sealed class LoadJob(PartitionState partition, BulkLoad load)
    : BackgroundJob(partition), INodeVisitor
{
    private const long BytesPerStep = 1024 * 1024;
    private const ulong LoadedBit = 1UL << 63;
    private const int RunShift = 32;

    /// <summary>Bytes of keys that expire, for all of which there must be memory.</summary>
    private const long ExpiringBytesMax = 256L * 1024 * 1024;

    private readonly EngineShared _shared = partition.Settings.Shared;
    private readonly IDisk _disk = partition.Settings.Shared.Disk;
    private readonly LoadPart[] _parts = [.. load.Targets.Select(target => new LoadPart(target))];
    private readonly byte[] _key = new byte[InternalKey.BytesMax];
    private readonly byte[] _nodeKey = new byte[NodeKey.SizeBytes];
    private LoadFileReader? _reader;
    private CollectionLoad? _collection;
    private LoadPart _part = null!;
    private long _expiringBytes;
    private Pass _pass;

    private enum Pass
    {
        Verify,
        Keys,
        Nodes,
        Finish,
    }

    /// <inheritdoc/>
    public override bool IsLong => true;

    /// <summary>A node of the collection that is read.</summary>
    void INodeVisitor.Visit(uint node, ReadOnlySpan<byte> bytes)
    {
        uint keyspace = _part.Target.Keyspace | Keyspaces.NodeBit;
        new NodeKey(keyspace, CollectionOf(_part), node).Write(_nodeKey);
        _part.Writer!.Add(new RunEntry
        {
            Key = _key.AsSpan(0, InternalKey.Write(_key, keyspace, _nodeKey)),
            Type = (byte)RecordType.Node,
            Value = bytes,
        });
    }

    private protected override bool Work()
    {
        _reader ??= new LoadFileReader(_disk, load.Path);
        if (_pass == Pass.Finish)
        {
            Finish();
            return false;
        }

        for (long begun = _reader.Taken; _reader.Taken - begun < BytesPerStep;)
        {
            if (_collection == null && !MoveNext())
            {
                EndPass();
                return true;
            }

            if (_collection?.GoOn() == true) continue;
            EndRecord();
            _collection = null;
        }

        return true;
    }

    private protected override void Abandon()
    {
        load.Fail(Failure?.Message ?? "the load was cancelled");
        _reader?.Dispose();
        foreach (LoadPart part in _parts)
        {
            LoadTarget target = part.Target;
            if (target.State != LoadState.Named) continue;
            if (target.Output is { } output) _shared.Retire(output);
            target.Output?.Release();
            target.Output = null;
            target.State = LoadState.Failed;
            part.Writer?.Dispose();
        }
    }

    private protected override void Deliver(CoreStorage core)
    {
    }

    private bool MoveNext()
    {
        if (!_reader!.MoveNext()) return false;
        _part = _parts[load.Place(_reader.Key)];
        if (_reader.Type == RecordType.String) return true;
        _part.Collection++;
        if (_pass != Pass.Nodes) _collection = new CollectionLoad(_reader, _shared);
        else if (_reader.HasTrees) _collection = new CollectionLoad(_reader, _shared, this);
        return true;
    }

    private void EndRecord()
    {
        if (_pass == Pass.Verify) Note();
        else if (_pass == Pass.Keys) WriteKey();
    }

    private void EndPass()
    {
        if (_pass == Pass.Verify)
        {
            load.Records = _reader!.Records;
            foreach (LoadPart part in _parts) part.Expiring.Sort(Compare);
        }

        _pass++;
        bool anyNodes = Array.Exists(_parts, part => part.Nodes > 0);
        if (_pass == Pass.Nodes && !anyNodes) _pass++;
        _reader!.Restart();
        foreach (LoadPart part in _parts) part.Collection = 0;
    }

    private void Note()
    {
        _part.Keys++;
        _part.Nodes += _collection?.Nodes ?? 0;
        if (_reader!.ExpireAt != 0) _part.Expires++;
        long dueAt = _reader.ExpireAt;
        long earliest = _collection?.Earliest ?? 0;
        if (earliest != 0 && (dueAt == 0 || earliest < dueAt)) dueAt = earliest;
        if (dueAt == 0) return;
        _expiringBytes += _reader.Key.Length + sizeof(long);
        if (_expiringBytes > ExpiringBytesMax)
            throw new LoadException(load.Path, "has too many keys that expire: load it in parts");
        _part.Expiring.Add((dueAt, _reader.Key.ToArray()));
    }

    private void WriteKey()
    {
        _part.Writer ??= Begin(_part);
        bool isString = _reader!.Type == RecordType.String;
        _part.Writer.Add(new RunEntry
        {
            Key = _key.AsSpan(0, InternalKey.Write(_key, _part.Target.Keyspace, _reader.Key)),
            Type = (byte)_reader.Type,
            Encoding = isString ? _reader.Encoding : (byte)0,
            ExpireAt = _reader.ExpireAt,
            Value = isString ? _reader.Value : _collection!.RootOf(CollectionOf(_part)),
            IsUnresolved = true,
        });
    }

    private RunWriter Begin(LoadPart part)
    {
        LoadTarget target = part.Target;
        Invariant.Check(target.Id.FileNumber < LoadedBit >> RunShift, "a run's number is legal");
        RunWriter writer = new(_disk, target.Path, target.Id, new RunWriterSettings
        {
            KeysMax = part.Keys + part.Nodes,
            OtherFilters = target.Filters,
        });
        part.Writer = writer;
        target.Expiring = part.Expires;
        target.Nodes = part.Nodes;
        foreach ((long at, ReadOnlyMemory<byte> key) in part.Expiring)
        {
            int length = InternalKey.WriteExpiry(_key, at, target.Keyspace, key.Span);
            writer.Add(new RunEntry { Key = _key.AsSpan(0, length) });
        }

        return writer;
    }

    private void Finish()
    {
        foreach (LoadPart part in _parts)
        {
            if (part.Writer is not { } writer) continue;
            LoadTarget target = part.Target;
            writer.Finish();
            writer.Dispose();
            part.Writer = null;
            _disk.SyncDirectory(target.Directory);
            target.Output = Run.Open(_disk, target.Path, target.Id);
        }

        _reader!.Dispose();
        foreach (LoadTarget target in load.Targets)
            target.State = target.Output is null ? LoadState.Done : LoadState.Written;
    }

    private static ulong CollectionOf(LoadPart part) =>
        LoadedBit | (part.Target.Id.FileNumber << RunShift) | part.Collection;

    private static int Compare((long At, ReadOnlyMemory<byte> Key) left,
        (long At, ReadOnlyMemory<byte> Key) right) =>
        left.At != right.At ? left.At.CompareTo(right.At) : left.Key.Span.SequenceCompareTo(right.Key.Span);

    // What becomes a partition's run.
    private sealed class LoadPart(LoadTarget target)
    {
        public LoadTarget Target { get; } = target;

        public RunWriter? Writer { get; set; }

        public long Keys { get; set; }

        /// <summary>The keys with an expiry.</summary>
        public long Expires { get; set; }

        public long Nodes { get; set; }

        /// <summary>The number of the collection read last, in this pass.</summary>
        public uint Collection { get; set; }

        /// <summary>What is due when, by keys or by their fields.</summary>
        public List<(long At, ReadOnlyMemory<byte> Key)> Expiring { get; } = [];
    }
}
