namespace Hedge.Storage.Runs;

/// <summary>A run file that is damaged, or of a version this build does not read. Thrown by start-up and
/// background jobs; the owner core gets a block status instead.</summary>
internal sealed class RunFormatException(string path, string problem)
    : IOException($"run file {path} {problem}")
{
    /// <summary>The file's path.</summary>
    public string Path { get; } = path;
}
