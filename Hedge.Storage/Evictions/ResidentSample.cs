using Hedge.Storage.Cores;
using Hedge.Storage.DiskLimits;
using Hedge.Storage.Keys;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;

namespace Hedge.Storage.Evictions;

/// <summary>Chooses among some records in memory those that a policy would have evicted first.</summary>
// SAFETY: the table shows live records; what is chosen is live until it is removed itself.
internal sealed unsafe class ResidentSample(KeyStore partition)
{
    private const int SlotsPerRecord = 64;

    private readonly List<Candidate> _candidates = [];

    /// <summary>Samples records from a random place on and gives those to be evicted, the first one
    /// first.</summary>
    /// <param name="core">The owner core.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="wanted">How many at most.</param>
    /// <param name="samples">Records per one that is chosen.</param>
    public IReadOnlyList<Candidate> Choose(CoreStorage core, EvictionPolicy policy, int wanted, int samples)
    {
        _candidates.Clear();
        RecordTable table = partition.Memory.Table;
        Picker picker = new(this, core, policy, wanted * samples);
        ulong random = core.Random.Next();
        int segment = (int)(random >> 33) & (table.DirectoryLength - 1);
        TablePosition position = table.Normalize(new TablePosition { Segment = segment }, (uint)random);
        int slots = wanted * samples * SlotsPerRecord;
        // To the table's end, then once from its start.
        for (int rounds = 0; rounds < 2 && slots > 0 && _candidates.Count < wanted * samples;)
        {
            if (!table.Walk(ref position, SlotsPerRecord, ref picker)) rounds++;
            slots -= SlotsPerRecord;
        }

        _candidates.Sort(static (first, second) => second.Score.CompareTo(first.Score));
        int count = Math.Min(_candidates.Count, Math.Max(1, _candidates.Count / samples));
        _candidates.RemoveRange(count, _candidates.Count - count);
        return _candidates;
    }

    // The higher the score, the sooner the record is evicted.
    private static long Score(CoreStorage core, EvictionPolicy policy, RecordHeader* record)
    {
        uint idle = core.NowSeconds - record->LastAccess;
        if ((int)idle < 0) idle = 0;
        switch (policy)
        {
            case EvictionPolicy.AllKeysLru or EvictionPolicy.VolatileLru:
                // The clock ticks once a second: within one, what was used since its write is worth more.
                return ((long)idle * 2) + (RecordKeys.Is(record, RecordStates.Referenced) ? 0 : 1);
            case EvictionPolicy.AllKeysLfu or EvictionPolicy.VolatileLfu:
                return core.Upkeep.Frequencies.StepsOf(idle) - record->Frequency;
            case EvictionPolicy.VolatileTtl:
                return -record->ExpireAt;
            default:
                return (long)(core.Random.Next() >> 1);
        }
    }

    /// <summary>A record that may be evicted.</summary>
    /// <param name="Record">The record; live until it is removed.</param>
    /// <param name="Score">The highest goes first.</param>
    internal readonly record struct Candidate(nint Record, long Score)
    {
        /// <summary>The key's keyspace.</summary>
        public uint Keyspace => ((RecordHeader*)Record)->Keyspace;

        /// <summary>The key, in the record.</summary>
        public ReadOnlySpan<byte> Key => RecordKeys.Key((RecordHeader*)Record);
    }

    private struct Picker(ResidentSample owner, CoreStorage core, EvictionPolicy policy, int most)
        : IRecordVisitor
    {
        private readonly Keyspaces _keyspaces = owner.Partition.Keyspaces;

        public readonly bool Visit(RecordHeader* record)
        {
            if (owner._candidates.Count >= most || RecordKeys.Is(record, RecordStates.Absent)) return false;
            if (policy >= EvictionPolicy.VolatileLru && record->ExpireAt == 0) return false;
            if (record->ExpireAt != 0 && record->ExpireAt <= core.NowMilliseconds) return false;
            if (_keyspaces.DatabaseOf(record->Keyspace) >= 0)
                owner._candidates.Add(new Candidate((nint)record, Score(core, policy, record)));
            return false;
        }
    }

    private KeyStore Partition => partition;
}
