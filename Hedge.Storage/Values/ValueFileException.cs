using Hedge.Storage.Damages;

namespace Hedge.Storage.Values;

/// <summary>A value file is damaged. Background jobs throw it.</summary>
/// <param name="path">The file.</param>
/// <param name="problem">What is wrong, after the file's name.</param>
/// <param name="offset">Where the value is.</param>
internal sealed class ValueFileException(string path, string problem, long offset)
    : DamagedFileException(new Damage(DamageKind.Value, path, offset), $"value file {path} {problem}");
