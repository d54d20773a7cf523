namespace Hedge.Storage.Runs;

/// <summary>A run file is damaged, or has a version that this build does not read. Start-up and background
/// jobs throw it; the owner core gets a block status instead.</summary>
internal sealed class RunFormatException(string path, string problem)
    : IOException($"run file {path} {problem}")
{
    /// <summary>The file's path.</summary>
    public string Path { get; } = path;
}
