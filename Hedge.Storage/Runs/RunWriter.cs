using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Hedge.Storage.Io;
using Hedge.Storage.Io.Compressions;
using Hedge.Storage.Keys;
using Hedge.Storage.Pages;
using Hedge.Storage.Ranges;
using Hedge.Storage.Values;

namespace Hedge.Storage.Runs;

/// <summary>
/// Writes a run file from entries in ascending key order, for a background job. Allocates nothing per entry.
/// Disposing a writer that has not finished deletes its file.
/// </summary>
/// <remarks>
/// 1. <see cref="Add"/> every entry. 2. <see cref="Finish"/>: the file is written and synced. 3. The caller
///    syncs the
/// directory and then names the run in its manifest.
/// </remarks>
internal sealed class RunWriter : IDisposable
{
    private readonly IDisk _disk;
    private readonly string _path;
    private readonly RunId _id;
    private readonly DiskFile _file;
    private readonly RunOutput _output;
    private readonly BlockBuilder _block = new();
    private readonly IndexBuilder _index = new();
    private readonly FilterBuilder _filter;
    private readonly BlockPacker? _packer;
    private readonly PageBuffer _lastKey = new(InternalKey.BytesMax);
    private readonly PageBuffer _scratch = new(InternalKey.BytesMax + EntryCodec.HeaderBytesMax);
    private readonly List<KeyspaceCount> _keyspaces = [];
    private readonly Dictionary<ValueFileId, ValueFileUse> _values = [];
    private byte[] _minKey = [];
    private int _lastKeyLength;
    private readonly BlockCompression _compression;
    private long _plainBytes;
    private long _entryBytes;
    private long _expiryMin;
    private long _expiryMax;
    private bool _finished;

    /// <summary>Creates the file.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="path">The file's path.</param>
    /// <param name="id">The run's name.</param>
    /// <param name="settings">What is known about the run in advance; null for nothing.</param>
    /// <exception cref="DiskException">The file exists or cannot be created.</exception>
    public RunWriter(IDisk disk, string path, RunId id, RunWriterSettings? settings = null)
    {
        _disk = disk;
        _path = path;
        _id = id;
        _file = disk.Open(path, DiskOpenMode.CreateDirect);
        _output = new RunOutput(disk, _file, id);
        settings ??= new RunWriterSettings();
        _filter = new FilterBuilder(settings);
        _compression = settings.Compression;
        if (_compression != BlockCompression.None)
            _packer = new BlockPacker(id, _output, _index, _compression);
        Span<byte> header = _scratch.Slice(0, Page.Bytes);
        RunFooter.WriteHeader(header, id);
        _output.WriteSealed(header);
    }

    /// <summary>The run's range tombstones; to be set before <see cref="Finish"/>.</summary>
    public RangeTombstones Ranges { get; set; } = RangeTombstones.None;

    /// <summary>Entries added.</summary>
    public long Entries { get; private set; }

    /// <summary>Bytes of data blocks written so far.</summary>
    public long BytesWritten => _output.Position;

    /// <summary>Adds an entry, whose key is above all keys before it. Copies what it needs.</summary>
    /// <exception cref="DiskException">Writing failed; the writer can only be disposed.</exception>
    public void Add(in RunEntry entry)
    {
        ReadOnlySpan<byte> key = entry.Key;
        ReadOnlySpan<byte> last = _lastKey.Slice(0, _lastKeyLength);
        int common = key.CommonPrefixLength(last);
        Invariant.Check(
            key.Length is >= InternalKey.PrefixBytes and <= InternalKey.BytesMax, "a key's length is legal");
        bool isAbove = common < key.Length && (common == last.Length || key[common] > last[common]);
        Invariant.Check(Entries == 0 || isAbove, "a run's keys ascend");
        Invariant.Check(entry.Value.Length <= RunFormat.ValueBytesMax, "a value's length is legal");
        Invariant.Check(entry.Kind == RunEntryKind.Put || entry.Value.IsEmpty, "a tombstone has no value");
        Invariant.Check(!entry.IsReference || entry.Value.Length == ValueReference.SizeBytes,
            "a reference's length is legal");
        Invariant.Check(entry.ExpireAt >= 0, "a time of expiry is not negative");

        Place(entry, common);
        Count(entry);
        key.CopyTo(_lastKey.Slice(0, key.Length));
        _lastKeyLength = key.Length;
    }

    /// <summary>Writes the rest of the file and syncs it.</summary>
    /// <exception cref="DiskException">Writing failed; the writer can only be disposed.</exception>
    public RunInfo Finish()
    {
        EndBlock();
        _packer?.Finish();
        _index.Finish((uint)(_output.Position / Page.Bytes));
        RunSection index = new(_output.Position, _index.Bytes);
        _output.BeginUnit();
        _index.Emit(_output, RunOutput.WriteBytes);
        _output.EndUnit([]);

        RunSection filter = WriteFilter();
        ReadOnlySpan<KeyspaceCount> keyspaces = CollectionsMarshal.AsSpan(_keyspaces);
        ReadOnlySpan<byte> maxKey = _lastKey.Slice(0, _lastKeyLength);
        ValueFileUse[] values = [.. _values.Values];
        long propertyBytes = RunProperties.Measure(keyspaces, values.Length, _minKey, maxKey, Ranges);
        RunSection properties = new(_output.Position, propertyBytes);
        RunInfo info = new(_id, _minKey, maxKey, keyspaces)
        {
            Ranges = Ranges,
            FileBytes = properties.End + Page.Bytes,
            Blocks = _index.Blocks,
            EntryBytes = _entryBytes,
            StoredBlockBytes = index.Offset - Page.Bytes,
            BlockBytes = _plainBytes + (_packer?.BlockBytes ?? 0),
            Compression = _compression,
            ExpiryMin = _expiryMin,
            ExpiryMax = _expiryMax,
            Values = values,
        };
        WriteProperties(info, (int)properties.Bytes);
        RunFooter footer = new()
        {
            Id = _id,
            FileBytes = info.FileBytes,
            Blocks = info.Blocks,
            Index = index,
            Filter = filter,
            Properties = properties,
        };
        Span<byte> page = _scratch.Slice(0, Page.Bytes);
        footer.Write(page);
        _output.WriteSealed(page);
        _output.Sync();
        _finished = true;
        return info;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _output.Dispose();
        _block.Dispose();
        _index.Dispose();
        _filter.Dispose();
        _packer?.Dispose();
        _lastKey.Dispose();
        _scratch.Dispose();
        if (_finished) return;
        try
        {
            _disk.Delete(_path);
        }
        catch (DiskException)
        {
            // The first failure matters more. Start-up removes files that no manifest names.
        }
    }

    private void Place(in RunEntry entry, int common)
    {
        ReadOnlySpan<byte> separator = Entries == 0 ? [] : entry.Key[..(common + 1)];
        if (_packer is not null && _packer.TryAdd(entry, common, separator)) return;
        if (_block.Entries > 0)
        {
            int shared = _block.AtRestart ? 0 : common;
            if (_block.TryReserve(EntryCodec.Measure(entry, shared)))
            {
                _block.Add(entry, shared);
                return;
            }

            EndBlock();
        }

        long bytes = EntryCodec.Measure(entry, 0);
        long pages = BlockBuilder.PagesFor(bytes);
        uint firstPage = (uint)(_output.Position / Page.Bytes);
        _index.Add(separator, new BlockLocation(firstPage, (uint)pages));
        if (pages > RunFormat.BlockPagesMax)
        {
            WriteAlone(entry, bytes);
            _plainBytes += pages * Page.Bytes;
            return;
        }

        _block.TryReserve(bytes);
        _block.Add(entry, 0);
    }

    private void EndBlock()
    {
        if (_block.Entries == 0) return;
        _index.SetLastPages((uint)_block.Pages);
        _plainBytes += _block.Pages * Page.Bytes;
        _output.WriteSealed(_block.Finish(_id, _output.Position));
    }

    // The value goes from the caller's memory to the output, without a copy of the block.
    private void WriteAlone(in RunEntry entry, long entryBytes)
    {
        Span<byte> head = stackalloc byte[RunFormat.BlockHeaderBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(
            head, (uint)(RunFormat.BlockHeaderBytes + entryBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], 1);
        Span<byte> scratch = _scratch.Slice(0, (int)_scratch.Capacity);
        int written = EntryCodec.WriteWithoutValue(scratch, entry, 0);
        Span<byte> tail = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(tail, RunFormat.BlockHeaderBytes);
        _output.BeginUnit();
        _output.Write(head);
        _output.Write(scratch[..written]);
        _output.Write(entry.Value);
        _output.EndUnit(tail);
    }

    private void Count(in RunEntry entry)
    {
        if (Entries++ == 0) _minKey = entry.Key.ToArray();
        _entryBytes += entry.Key.Length + entry.ValueLength;
        if (entry.IsReference) CountReference(ValueReference.Read(entry.Value));
        uint keyspace = InternalKey.Keyspace(entry.Key);
        if (_keyspaces.Count == 0 || _keyspaces[^1].Keyspace != keyspace)
            _keyspaces.Add(new KeyspaceCount(keyspace, 0, 0, 0));
        KeyspaceCount count = _keyspaces[^1];
        _keyspaces[^1] = entry.Kind == RunEntryKind.Put
            ? count with { Puts = count.Puts + 1 }
            : count with { Tombstones = count.Tombstones + 1 };
        if (entry.IsUnresolved)
            _keyspaces[^1] = _keyspaces[^1] with { Unresolved = count.Unresolved + 1 };

        if (keyspace == InternalKey.ExpiryKeyspace)
        {
            _expiryMax = InternalKey.ExpiryTime(entry.Key);
            if (Entries == 1) _expiryMin = _expiryMax;
            return;
        }

        _filter.Add(InternalKey.Hash(entry.Key));
    }

    private void CountReference(in ValueReference reference)
    {
        ref ValueFileUse use = ref CollectionsMarshal.GetValueRefOrAddDefault(
            _values, reference.File, out bool exists);
        long entries = exists ? use.Entries : 0;
        long bytes = exists ? use.Bytes : 0;
        long end = Math.Max(exists ? use.End : 0, (long)reference.Offset + reference.Length);
        use = new ValueFileUse(reference.File, entries + 1, bytes + reference.Length, end);
    }

    private RunSection WriteFilter()
    {
        _filter.Finish();
        RunSection section = new(_output.Position, _filter.Bytes);
        _output.BeginUnit();
        _filter.Emit(_output, RunOutput.WriteBytes);
        _output.EndUnit([]);
        return section;
    }

    private void WriteProperties(RunInfo info, int bytes)
    {
        using PageBuffer content = new(bytes);
        RunProperties.Write(content.Slice(0, bytes), info);
        _output.BeginUnit();
        _output.Write(content.Slice(0, bytes));
        _output.EndUnit([]);
    }
}
