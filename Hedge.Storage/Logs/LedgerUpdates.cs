using Hedge.Storage.Io;

namespace Hedge.Storage.Logs;

/// <summary>
/// The background half of a log's ledger: writes the notes that the core asked for, and which segments are
/// needed. Does nothing for a log without a ledger (in tests).
/// </summary>
internal sealed class LedgerUpdates(LogLedger? ledger) : IDisposable
{
    private LedgerNote? _note;
    private string? _lostIn;
    private volatile bool _hasFailed;

    /// <summary>True when there is a ledger.</summary>
    public bool Exists => ledger is not null;

    /// <summary>See <see cref="LedgerState.StagedIn"/>; set before the first segment is needed.</summary>
    public UInt128 StagedIn { get; set; }

    /// <summary>True to leave out step 1 of retiring a segment, so that tests can show that they find the
    /// mistake.</summary>
    internal static bool ForgetsRetiring { get; set; }

    /// <summary>The ledger's file is gone: <see cref="Restore"/> is to be called. Any thread.</summary>
    public void WantFile(string dataDirectory) => Volatile.Write(ref _lostIn, dataDirectory);

    /// <summary>True when the file is to be made again. Any thread.</summary>
    public bool IsLost => Volatile.Read(ref _lostIn) is not null;

    /// <summary>Makes the file again.</summary>
    public void Restore()
    {
        if (Interlocked.Exchange(ref _lostIn, null) is { } directory) ledger?.Restore(directory);
    }

    /// <summary>True when there is something to write. Any thread.</summary>
    public bool HasWork => HasNote || IsLost;

    /// <summary>True when there is a note to write. Any thread.</summary>
    public bool HasNote => Volatile.Read(ref _note) is not null;

    /// <summary>True when the ledger has the last note, or has failed to write it. Any thread.</summary>
    public bool HasNoted => !HasNote || _hasFailed;

    /// <summary>Takes a note. It replaces one that is not written yet. Core only.</summary>
    public void Note(LedgerNote note)
    {
        if (ledger is not null) Volatile.Write(ref _note, note);
    }

    /// <summary>Writes the note.</summary>
    public void WriteNote()
    {
        LedgerNote note = Volatile.Read(ref _note)!;
        try
        {
            ledger!.Write(ledger.State with
            {
                Segment = note.Segment,
                Synced = note.Synced,
                IsClosed = note.IsClosed,
                Highest = note.Highest,
            });
            _hasFailed = false;
        }
        catch (DiskException)
        {
            _hasFailed = true;
            throw;
        }

        Interlocked.CompareExchange(ref _note, null, note);
    }

    /// <summary>From now on this segment's file must exist. It is durable already.</summary>
    public void Needs(ulong number)
    {
        if (ledger?.State is not { } state) return;
        ulong first = state.Last < state.First ? number : state.First;
        ledger.Write(state with { First = first, Last = number, StagedIn = StagedIn });
    }

    /// <summary>Segments after this one need not exist: nothing was written to them.</summary>
    public void NeedsUpTo(ulong number)
    {
        if (ledger?.State is { } state && state.Last > number) ledger.Write(state with { Last = number });
    }

    /// <summary>This segment and those before it need not exist any more.</summary>
    public void NeedsNot(ulong number)
    {
        if (ledger?.State is { } state && state.First <= number && !ForgetsRetiring)
            ledger.Write(state with { First = number + 1 });
    }

    /// <inheritdoc/>
    public void Dispose() => ledger?.Dispose();
}
