using System.Text;

namespace Hedge.Host.Statistics;

/// <summary>
/// One core's error replies by code ("ERR", "WRONGTYPE"…). Only the core counts; any core may read: entries
/// are published by raising the count after they are complete and are never moved.
/// </summary>
internal sealed class ErrorCounters
{
    /// <summary>Codes told apart; errors with further ones count in the total only.</summary>
    public const int CodesMax = 128;

    private readonly Entry[] _entries = new Entry[CodesMax];
    private int _count;

    /// <summary>Counts an error reply, given as its text from the code on ("ERR syntax error").</summary>
    public void Count(ReadOnlySpan<byte> error)
    {
        int end = error.IndexOf((byte)' ');
        ReadOnlySpan<byte> code = end < 0 ? error : error[..end];
        for (int i = 0; i < _count; i++)
        {
            if (!code.SequenceEqual(_entries[i].Utf8Code)) continue;
            _entries[i].Number++;
            return;
        }

        if (_count == CodesMax) return;
        _entries[_count] = new Entry(code.ToArray()) { Number = 1 };
        Volatile.Write(ref _count, _count + 1);
    }

    /// <summary>Adds this core's numbers to a sum by code.</summary>
    public void AddTo(IDictionary<string, long> sums)
    {
        int count = Volatile.Read(ref _count);
        for (int i = 0; i < count; i++)
        {
            Entry entry = _entries[i];
            if (entry.Number == 0) continue;
            sums.TryGetValue(entry.Code, out long sum);
            sums[entry.Code] = sum + entry.Number;
        }
    }

    /// <summary>Sets all numbers to zero (all cores held).</summary>
    public void Reset()
    {
        for (int i = 0; i < _count; i++) _entries[i].Number = 0;
    }

    private sealed class Entry(byte[] utf8Code)
    {
        public long Number;

        public ReadOnlySpan<byte> Utf8Code => utf8Code;

        public string Code { get; } = Encoding.UTF8.GetString(utf8Code);
    }
}
