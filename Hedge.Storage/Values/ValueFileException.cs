namespace Hedge.Storage.Values;

/// <summary>A value file is damaged. Background jobs throw it.</summary>
internal sealed class ValueFileException(string path, string problem)
    : IOException($"value file {path} {problem}");
