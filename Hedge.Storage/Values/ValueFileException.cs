namespace Hedge.Storage.Values;

/// <summary>A value file that is damaged. Thrown by background jobs.</summary>
internal sealed class ValueFileException(string path, string problem)
    : IOException($"value file {path} {problem}");
