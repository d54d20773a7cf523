using System.Buffers.Binary;
using System.Text;
using Hedge.Host.Commands.Keys.Payloads;
using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Tests.Commands.Keys.Payloads;

/// <summary>Payloads as older versions of Redis wrote them.</summary>
internal static class OldPayloads
{
    /// <summary>Writes elements in one of the older encodings of their type.</summary>
    public static byte[] Write(CollectedElements elements, RecordType type, Random random)
    {
        using var output = new PayloadOutput();
        var all = elements.Elements;
        DumpType[] kinds = type switch
        {
            RecordType.List => [DumpType.List, DumpType.ListZiplist, DumpType.ListOfZiplists],
            RecordType.Set => [DumpType.Set],
            RecordType.SortedSet =>
                [DumpType.SortedSetWithTexts, DumpType.SortedSetZiplist, DumpType.SortedSet],
            _ => [DumpType.Hash, DumpType.HashZipmap, DumpType.HashZiplist],
        };
        DumpType kind = kinds[random.Next(kinds.Length)];
        output.AddByte((byte)kind);
        switch (kind)
        {
            case DumpType.ListOfZiplists:
                output.AddLength((ulong)((all.Count + 6) / 7) + 1);
                output.AddString(Ziplist([], random));
                foreach (var node in all.Chunk(7))
                    output.AddString(Ziplist(node.Select(e => e.Name), random));
                break;
            case DumpType.ListZiplist:
                output.AddString(Ziplist(all.Select(e => e.Name), random));
                break;
            case DumpType.HashZiplist:
                output.AddString(Ziplist(all.SelectMany(e => (byte[][])[e.Name, e.Value]), random));
                break;
            case DumpType.SortedSetZiplist:
                output.AddString(Ziplist(all.OrderBy(e => e.Score).SelectMany(e => (byte[][])
                    [e.Name, Encoding.ASCII.GetBytes(ScoreText.Format(e.Score))]), random));
                break;
            case DumpType.HashZipmap:
                output.AddString(Zipmap(elements, random));
                break;
            default:
                output.AddLength((ulong)all.Count);
                foreach ((byte[] name, byte[] value, double score) in all)
                {
                    output.AddString(name);
                    if (kind == DumpType.Hash) output.AddString(value);
                    if (kind == DumpType.SortedSet) output.AddInt64(BitConverter.DoubleToInt64Bits(score));
                    if (kind == DumpType.SortedSetWithTexts) AddText(output, score);
                }

                break;
        }

        output.AddFooter(0);
        return output.Bytes.ToArray();
    }

    /// <summary>Changes a few bytes of a payload, or cuts it, and seals it again.</summary>
    public static byte[] Spoil(byte[] payload, Random random)
    {
        byte[] spoilt = [.. payload];
        int body = payload.Length - DumpWriter.FooterBytes;
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            int at = random.Next(2) == 0 ? random.Next(Math.Min(body, 24)) : random.Next(body);
            // Mostly not the type.
            if (at == 0 && random.Next(10) > 0) at = Math.Min(1, body - 1);
            spoilt[at] = random.Next(3) == 0 ? (byte)(spoilt[at] ^ (1 << random.Next(8)))
                : random.Next(3) == 0 ? (byte)0xFF : (byte)random.Next(256);
        }

        if (random.Next(6) == 0) spoilt = [.. spoilt[..random.Next(1, body + 1)], .. spoilt[body..]];
        return CollectedElements.Seal(spoilt);
    }

    /// <summary>True for a payload that Redis may read although it is refused here: it takes any text for a
    /// score, as C's strtod does, and it reads on into version and checksum when the rest is cut
    /// off.</summary>
    public static bool MayDiffer(byte[] payload) =>
        (DumpType)payload[0] is DumpType.SortedSetZiplist or DumpType.SortedSetListpack
            or DumpType.SortedSetWithTexts
        || CollectedElements.Read(CollectedElements.Seal([.. payload, .. new byte[10]])) != null;

    private static void AddText(PayloadOutput output, double score)
    {
        if (double.IsInfinity(score))
        {
            output.AddByte((byte)(score > 0 ? 254 : 255));
            return;
        }

        byte[] text = Encoding.ASCII.GetBytes(ScoreText.Format(score));
        output.AddByte((byte)text.Length);
        output.Add(text);
    }

    private static byte[] Ziplist(IEnumerable<byte[]> elements, Random random)
    {
        List<byte> bytes = [.. new byte[10]];
        int previous = 0, tail = 10, count = 0;
        foreach (byte[] element in elements)
        {
            tail = bytes.Count;
            if (previous < 254 && random.Next(10) > 0) bytes.Add((byte)previous);
            else bytes.AddRange([0xFE, .. BitConverter.GetBytes(previous)]);
            if (Numbers.TryParseInt64(element, out long number)) bytes.AddRange(Number(number));
            else if (element.Length < 64) bytes.AddRange([(byte)element.Length, .. element]);
            else if (element.Length < 1 << 14)
                bytes.AddRange([(byte)(0x40 | (element.Length >> 8)), (byte)element.Length, .. element]);
            else bytes.AddRange([0x80, 0, 0, (byte)(element.Length >> 8), (byte)element.Length, .. element]);
            previous = bytes.Count - tail;
            count++;
        }

        bytes.Add(0xFF);
        byte[] ziplist = [.. bytes];
        BinaryPrimitives.WriteInt32LittleEndian(ziplist, ziplist.Length);
        BinaryPrimitives.WriteInt32LittleEndian(ziplist.AsSpan(4), tail);
        BinaryPrimitives.WriteUInt16LittleEndian(ziplist.AsSpan(8), (ushort)count);
        return ziplist;
    }

    private static byte[] Number(long number)
    {
        byte[] all = BitConverter.GetBytes(number);
        return number switch
        {
            >= 0 and <= 12 => [(byte)(0xF1 + number)],
            >= sbyte.MinValue and <= sbyte.MaxValue => [0xFE, all[0]],
            >= short.MinValue and <= short.MaxValue => [0xC0, .. all[..2]],
            >= -(1 << 23) and < 1 << 23 => [0xF0, .. all[..3]],
            >= int.MinValue and <= int.MaxValue => [0xD0, .. all[..4]],
            _ => [0xE0, .. all],
        };
    }

    private static byte[] Zipmap(CollectedElements elements, Random random)
    {
        List<byte> bytes = [(byte)Math.Min(254, elements.Elements.Count)];
        foreach ((byte[] name, byte[] value, _) in elements.Elements)
        {
            AddLength(bytes, name.Length);
            bytes.AddRange(name);
            AddLength(bytes, value.Length);
            int unused = random.Next(4);
            bytes.Add((byte)unused);
            bytes.AddRange(value);
            bytes.AddRange(new byte[unused]);
        }

        return [.. bytes, 0xFF];
    }

    private static void AddLength(List<byte> bytes, int length)
    {
        if (length < 254) bytes.Add((byte)length);
        else bytes.AddRange([0xFE, .. BitConverter.GetBytes(length)]);
    }
}
