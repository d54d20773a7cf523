namespace Hedge.Host.Tools.Imports;

/// <summary>What has become of what an import read. Two threads count, each its own.</summary>
internal sealed class ImportCounts
{
    /// <summary>Keys that were sent, and commands of an append-only file.</summary>
    public long Sent { get; set; }

    /// <summary>Libraries of functions that were sent.</summary>
    public long Libraries { get; set; }

    /// <summary>Keys that had expired before.</summary>
    public long Expired { get; set; }

    /// <summary>What modules wrote and was left out.</summary>
    public long Modules { get; set; }

    /// <summary>Keys that were there already and were left as they were.</summary>
    public long Kept { get; set; }

    /// <summary>Keys and commands that the server refused.</summary>
    public long Refused { get; set; }
}
