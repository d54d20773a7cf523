namespace Hedge.Host.Commands.Keys.Payloads;

/// <summary>
/// LZF, the compression of strings in Redis's payloads.
/// <code>
/// stream  := item*
/// item    := 000nnnnn byte{n+1}                      n+1 literal bytes (1 to 32)
///          | lllooooo oooooooo                       copy l+2 bytes (l = 1 to 6) from o+1 bytes back
///          | 111ooooo nnnnnnnn oooooooo              copy n+9 bytes from o+1 bytes back
/// </code>
/// The format leaves open which matches a compressor finds. This one decides as liblzf 3.6 does in its usual
/// build (hash of three bytes into 65536 slots, the two last positions of a match entered), so that equal
/// values have equal payloads. One instance per thread.
/// </summary>
internal sealed class Lzf
{
    /// <summary>Most bytes that a stream of one byte can stand for, rounded up.</summary>
    public const int ExpansionMax = 89;

    private const int HashBits = 16;
    private const int LiteralsMax = 32;
    private const int DistanceMax = 1 << 13;
    private const int MatchMax = 264;
    private const int LongMatch = 7;

    [ThreadStatic]
    private static Lzf? _instance;

    // A slot holds _epoch + position. Each call begins a new epoch, so that older entries need not be
    // cleared.
    private readonly uint[] _slots = new uint[1 << HashBits];
    private uint _epoch;
    private uint _length;

    /// <summary>The thread's instance.</summary>
    public static Lzf Instance => _instance ??= new Lzf();

    /// <summary>Compresses into <paramref name="output"/>.</summary>
    /// <returns>Length of the stream, or 0 when it does not fit.</returns>
    public int Compress(ReadOnlySpan<byte> input, Span<byte> output)
    {
        if (input.Length < 3 || output.IsEmpty) return 0;
        BeginEpoch(input.Length);
        int run = 0;
        int literals = 0;
        int at = 0;
        int searchEnd = input.Length - 2;
        while (at < searchEnd)
        {
            int match = FindAndEnter(input, at);
            if (match < 0)
            {
                if (run + 1 + literals >= output.Length) return 0;
                literals++;
                at++;
                if (literals == LiteralsMax) EndRun(input, at, output, ref run, ref literals);
                continue;
            }

            if (run + literals + (literals > 0 ? 1 : 0) + 4 >= output.Length) return 0;
            EndRun(input, at, output, ref run, ref literals);
            int length = MatchLength(input, match, at);
            WriteMatch(output, ref run, at - match - 1, length - 2);
            at += length;
            if (at >= searchEnd) break;
            Enter(input, at - 2);
            Enter(input, at - 1);
        }

        // At most three bytes are left; the reference counts them and an open run's first byte as needed,
        // used or not.
        if (run + 1 + literals + 3 > output.Length) return 0;
        while (at < input.Length)
        {
            literals++;
            at++;
            if (literals == LiteralsMax) EndRun(input, at, output, ref run, ref literals);
        }

        EndRun(input, at, output, ref run, ref literals);
        return run;
    }

    /// <summary>Expands a stream, which must fill <paramref name="output"/> exactly; false for anything
    /// else.</summary>
    public static bool TryDecompress(ReadOnlySpan<byte> input, Span<byte> output)
    {
        int at = 0;
        int written = 0;
        while (at < input.Length)
        {
            int control = input[at++];
            if (control < LiteralsMax)
            {
                int count = control + 1;
                if (count > input.Length - at || count > output.Length - written) return false;
                input.Slice(at, count).CopyTo(output[written..]);
                at += count;
                written += count;
                continue;
            }

            int length = control >> 5;
            if (length == LongMatch)
            {
                if (at == input.Length) return false;
                length += input[at++];
            }

            if (at == input.Length) return false;
            int from = written - (((control & 0x1F) << 8) | input[at++]) - 1;
            length += 2;
            if (from < 0 || length > output.Length - written) return false;
            CopyWithin(output, from, written, length);
            written += length;
        }

        return written == output.Length;
    }

    private static int Slot(ReadOnlySpan<byte> input, int at)
    {
        uint three = ((uint)input[at] << 16) | ((uint)input[at + 1] << 8) | input[at + 2];
        return (int)((three >> (24 - HashBits)) - (three * 5)) & ((1 << HashBits) - 1);
    }

    private void BeginEpoch(int length)
    {
        // The first epoch begins at 1, so that an empty slot belongs to none.
        _epoch += _length;
        _length = (uint)length;
        if (_epoch != 0 && _epoch <= int.MaxValue) return;
        Array.Clear(_slots);
        _epoch = 1;
    }

    private void Enter(ReadOnlySpan<byte> input, int at) => _slots[Slot(input, at)] = _epoch + (uint)at;

    // Position 0 is never matched: the reference takes its own buffer's start for an empty slot.
    private int FindAndEnter(ReadOnlySpan<byte> input, int at)
    {
        ref uint slot = ref _slots[Slot(input, at)];
        uint entered = slot;
        slot = _epoch + (uint)at;
        if (entered <= _epoch) return -1;
        int match = (int)(entered - _epoch);
        bool usable = at - match <= DistanceMax && input.Slice(match, 3).SequenceEqual(input.Slice(at, 3));
        return usable ? match : -1;
    }

    // Three bytes are known to match. The reference stops two bytes before the end, yet compares the first
    // sixteen further bytes without looking at that limit when it is far enough away, which may give up to
    // two bytes more.
    private static int MatchLength(ReadOnlySpan<byte> input, int match, int at)
    {
        int limit = Math.Min(input.Length - at - 2, MatchMax);
        int length = 3;
        if (limit > 16)
        {
            while (length < 19 && input[match + length] == input[at + length]) length++;
            if (length < 19) return length;
        }

        while (length < limit && input[match + length] == input[at + length]) length++;
        return length;
    }

    private static void EndRun(ReadOnlySpan<byte> input, int at, Span<byte> output, ref int run,
        ref int literals)
    {
        if (literals == 0) return;
        output[run] = (byte)(literals - 1);
        input.Slice(at - literals, literals).CopyTo(output[(run + 1)..]);
        run += literals + 1;
        literals = 0;
    }

    private static void WriteMatch(Span<byte> output, ref int at, int offset, int length)
    {
        if (length < LongMatch)
        {
            output[at++] = (byte)((offset >> 8) + (length << 5));
        }
        else
        {
            output[at++] = (byte)((offset >> 8) + (LongMatch << 5));
            output[at++] = (byte)(length - LongMatch);
        }

        output[at++] = (byte)offset;
    }

    // A match may overlap what it produces; then it repeats its first bytes.
    private static void CopyWithin(Span<byte> bytes, int from, int to, int length)
    {
        if (to - from >= length)
        {
            bytes.Slice(from, length).CopyTo(bytes[to..]);
            return;
        }

        for (int i = 0; i < length; i++) bytes[to + i] = bytes[from + i];
    }
}
