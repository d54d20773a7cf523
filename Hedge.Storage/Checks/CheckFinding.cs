namespace Hedge.Storage.Checks;

/// <summary>Something that a check found.</summary>
/// <param name="IsDamage">True when something is not as it was written, or parts do not fit each other; false
/// for what may be after a kill or a crash, and what the next start puts right by itself.</param>
/// <param name="File">The file, or the directory.</param>
/// <param name="Message">What it is.</param>
public sealed record CheckFinding(bool IsDamage, string File, string Message)
{
    /// <summary>Where in the file, in bytes; -1 when that says nothing.</summary>
    public long Offset { get; init; } = -1;

    /// <summary>The partition; -1 when it concerns none.</summary>
    public int Partition { get; init; } = -1;

    /// <summary>The key that is concerned, or the first of several; null when that is not known.</summary>
    public string? Key { get; init; }

    /// <summary>The first key that is not concerned any more, when several are.</summary>
    public string? KeyEnd { get; init; }
}

/// <summary>Hears what a check finds and how far it is.</summary>
public interface ICheckSink
{
    /// <summary>Something was found.</summary>
    void Found(CheckFinding finding);

    /// <summary>Some bytes were checked.</summary>
    /// <param name="what">"bytes of runs checked".</param>
    /// <param name="done">How many.</param>
    /// <param name="total">Of how many; 0 when that is not known.</param>
    void Progress(string what, long done, long total);
}

/// <summary>What a check went through.</summary>
public sealed class CheckFigures
{
    /// <summary>Files of the directory.</summary>
    public long Files { get; internal set; }

    /// <summary>Their bytes.</summary>
    public long Bytes { get; internal set; }

    /// <summary>Run files that were read.</summary>
    public long Runs { get; internal set; }

    /// <summary>Their blocks.</summary>
    public long Blocks { get; internal set; }

    /// <summary>Entries in them, dead ones too.</summary>
    public long Entries { get; internal set; }

    /// <summary>Values outside of runs that were read.</summary>
    public long Values { get; internal set; }

    /// <summary>Log records that were read.</summary>
    public long LogRecords { get; internal set; }

    /// <summary>Logged operations that are in no run yet: the next start applies them.</summary>
    public long LogOperations { get; internal set; }

    /// <summary>Logged operations that the next start drops, since something before them was never
    /// synced.</summary>
    public long OperationsDropped { get; internal set; }

    /// <summary>Keys by type, as <see cref="Records.RecordType"/> numbers them.</summary>
    public long[] Keys { get; } = new long[16];

    /// <summary>Nodes of collections that some key has.</summary>
    public long Nodes { get; internal set; }

    /// <summary>Nodes of collections that no key has any more. Merges drop them.</summary>
    public long DeadNodes { get; internal set; }

    /// <summary>Elements in collections.</summary>
    public long Elements { get; internal set; }

    /// <summary>Findings that are damage.</summary>
    public long Damages { get; internal set; }

    /// <summary>Other findings.</summary>
    public long Notes { get; internal set; }
}
