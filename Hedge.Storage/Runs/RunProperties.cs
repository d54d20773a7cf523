using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Hedge.Storage.Io.Compressions;
using Hedge.Storage.Pages;
using Hedge.Storage.Ranges;
using Hedge.Storage.Values;

namespace Hedge.Storage.Runs;

/// <summary>The properties unit of a run file.</summary>
/// <remarks>
/// <code>
/// properties = entryBytes:u64 expiryMin:u64 expiryMax:u64 keyspaces:u32 minKeyBytes:u32 maxKeyBytes:u32
///              valueFiles:u32 compression:u32 valueFileBytes:u32 blockBytes:u64
///              ( keyspace:u32 puts:u64 tombstones:u64 unresolved:u64 ){keyspaces}
///              ( core:u32 number:u64 entries:u64 bytes:u64 end:u64 ){valueFiles} minKey maxKey
///              [ tombstones ]                               ; see RangeTombstones
/// </code>
/// In older files <c>valueFileBytes</c> is 0, and <c>end</c> is left out.
/// </remarks>
internal static class RunProperties
{
    private const int FixedBytes = 56;
    private const int KeyspaceBytes = 28;
    private const int ValueFileBytes = 36;
    private const int ValueFileBytesWithoutEnd = 28;

    /// <summary>The content's length in bytes.</summary>
    public static long Measure(
        ReadOnlySpan<KeyspaceCount> keyspaces, int valueFiles, ReadOnlySpan<byte> minKey,
        ReadOnlySpan<byte> maxKey, RangeTombstones ranges) =>
        FixedBytes + (long)keyspaces.Length * KeyspaceBytes + (long)valueFiles * ValueFileBytes
        + minKey.Length + maxKey.Length + ranges.Measure();

    /// <summary>Writes the content.</summary>
    public static void Write(Span<byte> destination, RunInfo info)
    {
        BinaryPrimitives.WriteInt64LittleEndian(destination, info.EntryBytes);
        BinaryPrimitives.WriteInt64LittleEndian(destination[8..], info.ExpiryMin);
        BinaryPrimitives.WriteInt64LittleEndian(destination[16..], info.ExpiryMax);
        BinaryPrimitives.WriteInt32LittleEndian(destination[24..], info.Keyspaces.Length);
        BinaryPrimitives.WriteInt32LittleEndian(destination[28..], info.MinKey.Length);
        BinaryPrimitives.WriteInt32LittleEndian(destination[32..], info.MaxKey.Length);
        BinaryPrimitives.WriteInt32LittleEndian(destination[36..], info.Values.Count);
        BinaryPrimitives.WriteInt32LittleEndian(destination[40..], (int)info.Compression);
        BinaryPrimitives.WriteInt32LittleEndian(destination[44..], ValueFileBytes);
        BinaryPrimitives.WriteInt64LittleEndian(destination[48..], info.BlockBytes);
        destination = destination[FixedBytes..];
        foreach (KeyspaceCount count in info.Keyspaces)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(destination, count.Keyspace);
            BinaryPrimitives.WriteInt64LittleEndian(destination[4..], count.Puts);
            BinaryPrimitives.WriteInt64LittleEndian(destination[12..], count.Tombstones);
            BinaryPrimitives.WriteInt64LittleEndian(destination[20..], count.Unresolved);
            destination = destination[KeyspaceBytes..];
        }

        foreach (ValueFileUse use in info.Values)
        {
            BinaryPrimitives.WriteInt32LittleEndian(destination, use.File.Core);
            BinaryPrimitives.WriteUInt64LittleEndian(destination[4..], use.File.Number);
            BinaryPrimitives.WriteInt64LittleEndian(destination[12..], use.Entries);
            BinaryPrimitives.WriteInt64LittleEndian(destination[20..], use.Bytes);
            BinaryPrimitives.WriteInt64LittleEndian(destination[28..], use.End);
            destination = destination[ValueFileBytes..];
        }

        info.MinKey.CopyTo(destination);
        info.MaxKey.CopyTo(destination[info.MinKey.Length..]);
        info.Ranges.Write(destination[(info.MinKey.Length + info.MaxKey.Length)..]);
    }

    /// <summary>Reads the content of a verified unit; null when its lengths do not fit together.</summary>
    public static RunInfo? Read(ReadOnlySpan<byte> content, RunId id, RunFooter footer)
    {
        if (content.Length < FixedBytes) return null;
        int keyspaces = BinaryPrimitives.ReadInt32LittleEndian(content[24..]);
        int minBytes = BinaryPrimitives.ReadInt32LittleEndian(content[28..]);
        int maxBytes = BinaryPrimitives.ReadInt32LittleEndian(content[32..]);
        int valueFiles = BinaryPrimitives.ReadInt32LittleEndian(content[36..]);
        bool hasEnds = BinaryPrimitives.ReadInt32LittleEndian(content[44..]) == ValueFileBytes;
        int valueFileBytes = hasEnds ? ValueFileBytes : ValueFileBytesWithoutEnd;
        bool lengthsHold = keyspaces >= 0 && valueFiles >= 0 && minBytes >= 0 && maxBytes >= 0
            && FixedBytes + (long)keyspaces * KeyspaceBytes + (long)valueFiles * valueFileBytes
            + minBytes + maxBytes <= content.Length;
        if (!lengthsHold) return null;

        ReadOnlySpan<byte> rest = content[FixedBytes..];
        List<KeyspaceCount> counts = new(keyspaces);
        for (int i = 0; i < keyspaces; i++)
        {
            counts.Add(new KeyspaceCount(
                BinaryPrimitives.ReadUInt32LittleEndian(rest),
                BinaryPrimitives.ReadInt64LittleEndian(rest[4..]),
                BinaryPrimitives.ReadInt64LittleEndian(rest[12..]),
                BinaryPrimitives.ReadInt64LittleEndian(rest[20..])));
            rest = rest[KeyspaceBytes..];
        }

        List<ValueFileUse> values = new(valueFiles);
        for (int i = 0; i < valueFiles; i++)
        {
            ValueFileId file = new(
                BinaryPrimitives.ReadInt32LittleEndian(rest),
                BinaryPrimitives.ReadUInt64LittleEndian(rest[4..]));
            values.Add(new ValueFileUse(file, BinaryPrimitives.ReadInt64LittleEndian(rest[12..]),
                BinaryPrimitives.ReadInt64LittleEndian(rest[20..]),
                hasEnds ? BinaryPrimitives.ReadInt64LittleEndian(rest[28..]) : 0));
            rest = rest[valueFileBytes..];
        }

        if (RangeTombstones.Read(rest[(minBytes + maxBytes)..]) is not { } ranges) return null;
        ReadOnlySpan<byte> maxKey = rest.Slice(minBytes, maxBytes);
        return new RunInfo(id, rest[..minBytes], maxKey, CollectionsMarshal.AsSpan(counts))
        {
            Ranges = ranges,
            FileBytes = footer.FileBytes,
            Blocks = footer.Blocks,
            StoredBlockBytes = footer.Index.Offset - Page.Bytes,
            BlockBytes = BinaryPrimitives.ReadInt64LittleEndian(content[48..]),
            Compression = (BlockCompression)BinaryPrimitives.ReadInt32LittleEndian(content[40..]),
            EntryBytes = BinaryPrimitives.ReadInt64LittleEndian(content),
            ExpiryMin = BinaryPrimitives.ReadInt64LittleEndian(content[8..]),
            ExpiryMax = BinaryPrimitives.ReadInt64LittleEndian(content[16..]),
            Values = values,
        };
    }
}
