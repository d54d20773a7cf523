using System.Buffers.Binary;
using System.Globalization;
using Hedge.Storage;
using Hedge.Storage.Logs;
using Hedge.Storage.Manifests;
using Hedge.Storage.Runs;

namespace Hedge.Tests.Canary;

/// <summary>Puts right the checksum over a damaged byte: to the server it is as if it never looked at
/// checksums.</summary>
internal static class IgnoredChecksum
{
    /// <summary>Covers up the damage of the byte at an offset.</summary>
    public static void Cover(string path, ReadOnlySpan<byte> before, Span<byte> after, int at)
    {
        if (path.EndsWith(".run", StringComparison.Ordinal)) CoverRun(path, before, after, at);
        else if (path.EndsWith("MANIFEST", StringComparison.Ordinal))
            CoverManifest(path, before, after, at);
        else CoverLog(before, after, at);
    }

    // The unit that holds the byte is found by trying all that begin and end with a page.
    private static void CoverRun(string path, ReadOnlySpan<byte> before, Span<byte> after, int at)
    {
        ulong number = ulong.Parse(Path.GetFileNameWithoutExtension(path), CultureInfo.InvariantCulture);
        RunId id = new(0, number);
        const int Page = Hedge.Storage.Pages.Page.Bytes;
        for (int start = at / Page * Page; start >= 0; start -= Page)
        {
            for (int end = ((at / Page) + 1) * Page; end <= before.Length; end += Page)
            {
                if (!RunFormat.IsSealed(before[start..end], id, start)) continue;
                RunFormat.Seal(after[start..end], id, start);
                return;
            }
        }
    }

    // Most other damage of a manifest breaks an invariant, which ends the process: here it is in one number.
    private static void CoverManifest(string path, ReadOnlySpan<byte> before, Span<byte> after, int at)
    {
        PartitionManifest manifest = ManifestFormat.Read(before, path, 0);
        ulong sequence = manifest.FlushedSequence ^ (1UL << (at % 6));
        ReadOnlySpan<byte> wrong = ManifestFormat.Write(manifest with { FlushedSequence = sequence }).Span;
        before.CopyTo(after);
        if (wrong.Length == after.Length) wrong.CopyTo(after);
    }

    private static void CoverLog(ReadOnlySpan<byte> before, Span<byte> after, int at)
    {
        ulong id = BinaryPrimitives.ReadUInt64LittleEndian(before[24..]);
        int offset = LogFormat.SegmentHeaderBytes;
        while (offset + LogFormat.FrameHeaderBytes <= before.Length)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(before[(offset + 4)..]);
            if (length <= 0 || length > before.Length - offset - LogFormat.FrameHeaderBytes) return;
            int end = offset + LogFormat.FrameHeaderBytes + length;
            if (at >= offset && at < end)
            {
                uint sum = Crc32C.Compute(after[(offset + 4)..end], LogFormat.SeedOf(id));
                BinaryPrimitives.WriteUInt32LittleEndian(after[offset..], sum);
                return;
            }

            offset = end;
        }
    }
}
