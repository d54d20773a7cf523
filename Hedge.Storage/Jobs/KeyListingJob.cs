using Hedge.Storage.Cores;
using Hedge.Storage.Exports;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Jobs;

/// <summary>Tells a <see cref="KeyListing"/> the keys of a partition, whose part of the snapshot is there.
/// Steps: bit by bit, from the runs, in key order.</summary>
internal sealed class KeyListingJob(PartitionState partition, KeyListing listing) : BackgroundJob(partition)
{
    private const int EntriesPerStep = 4096;

    /// <summary>What all runs together are read ahead by, as far as each has a little.</summary>
    private const int ReadAheadBytes = 4 * 1024 * 1024;

    private SnapshotReader? _reader;
    private bool _hasEnded;

    /// <inheritdoc/>
    public override bool IsLong => true;

    /// <inheritdoc/>
    public override bool IsPatient => true;

    private protected override bool Work()
    {
        if (listing.Failure is null && Tell()) return true;
        End();
        return false;
    }

    private protected override void Abandon()
    {
        listing.Fail(Failure?.Message ?? "the listing was cancelled");
        End();
    }

    private protected override void Deliver(CoreStorage core)
    {
    }

    private bool Tell()
    {
        ReadOnlySpan<byte> prefix = listing.Prefix.Span;
        _reader ??= Open(prefix);
        IKeyTaker taker = listing.TakerOf(Partition.Index);
        for (int i = 0; i < EntriesPerStep; i++)
        {
            if (_reader.MoveNext() == CursorState.End) return false;
            RunEntry entry = _reader.Head;
            if (taker.Take(entry.Key, (RecordType)entry.Type)) continue;
            listing.Fail("there are too many keys");
            return false;
        }

        return true;
    }

    private SnapshotReader Open(ReadOnlySpan<byte> prefix)
    {
        SnapshotPart part = listing.Snapshot.Parts[Partition.Index];
        uint keyspace = part.Keyspaces.IdOf(listing.Database);
        Run[] runs = [.. part.Runs.Where(run => SnapshotReader.Concerns(run, keyspace))];
        int share = RunScanner.ShareOf(ReadAheadBytes, runs.Length);
        return new SnapshotReader(Partition.Settings.Shared.Disk, runs, keyspace,
            listing.Snapshot.NowMilliseconds, share, prefix);
    }

    private void End()
    {
        if (_hasEnded) return;
        _hasEnded = true;
        _reader?.Dispose();
        _reader = null;
        listing.End(Partition.Index);
    }
}
