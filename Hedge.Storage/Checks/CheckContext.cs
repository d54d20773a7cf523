using Hedge.Storage.Io;

namespace Hedge.Storage.Checks;

/// <summary>What all parts of a check share.</summary>
/// <param name="disk">The disk.</param>
/// <param name="path">The data directory.</param>
/// <param name="sink">Hears of what is found.</param>
/// <param name="memoryBytes">Memory for blocks and read-ahead.</param>
internal sealed class CheckContext(IDisk disk, string path, ICheckSink sink, long memoryBytes)
{
    private long _done;
    private long _total;

    /// <summary>The disk: from the moment on at which the engine has opened the directory, an
    /// overlay.</summary>
    public IDisk Disk { get; set; } = disk;

    /// <summary>The data directory.</summary>
    public string Path => path;

    /// <summary>Memory for blocks and read-ahead.</summary>
    public long MemoryBytes => memoryBytes;

    /// <summary>What was gone through.</summary>
    public CheckFigures Figures { get; } = new();

    /// <summary>Reports.</summary>
    public void Tell(CheckFinding finding)
    {
        if (finding.IsDamage) Figures.Damages++;
        else Figures.Notes++;
        sink.Found(finding);
    }

    /// <summary>Reports damage that has no more of a place than a file.</summary>
    public void Damage(string file, string message, long offset = -1) =>
        Tell(new CheckFinding(true, file, message) { Offset = offset });

    /// <summary>Begins to count bytes of a stage.</summary>
    public void Begin(long total) => (_done, _total) = (0, total);

    /// <summary>Some bytes more.</summary>
    public void Passed(string what, long bytes) => sink.Progress(what, _done += bytes, _total);
}
