using Hedge.Storage.Checks;
using Hedge.Storage.Collections;
using Hedge.Storage.Io;
using Hedge.Storage.Manifests;

namespace Hedge.Storage.Salvages;

/// <summary>What all parts of a salvage share.</summary>
/// <param name="sink">Hears what is lost.</param>
internal sealed class SalvageContext(ICheckSink sink)
{
    /// <summary>The damaged directory, mended.</summary>
    public required IDisk Overlay { get; init; }

    /// <summary>The disk of the new directory.</summary>
    public required IDisk Disk { get; init; }

    /// <summary>The manifests of the new directory.</summary>
    public required ManifestStore Store { get; init; }

    /// <summary>The directory's part of the hashes' seeds.</summary>
    public required ulong HashSeed { get; init; }

    /// <summary>Memory for blocks and read-ahead.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>True to leave out keys whose newer version may be lost.</summary>
    public required bool DropsDoubtful { get; init; }

    /// <summary>How long new nodes are.</summary>
    public TreeShape Shape { get; } = TreeShape.Usual;

    /// <summary>What is in the new directory.</summary>
    public CheckFigures Figures { get; } = new();

    /// <summary>True when something is lost.</summary>
    public bool HasLost { get; private set; }

    /// <summary>Reports a loss.</summary>
    public void Tell(CheckFinding finding)
    {
        HasLost |= finding.IsDamage;
        sink.Found(finding);
    }
}
