using Hedge.Storage.Damages;

namespace Hedge.Storage.Runs;

/// <summary>A run file is damaged, or has a version that this build does not read. Start-up and background
/// jobs throw it; the owner core gets a block status instead.</summary>
/// <param name="path">The file.</param>
/// <param name="problem">What is wrong, after the file's name.</param>
/// <param name="offset">Where the damaged block is; 0 when the file as a whole is meant.</param>
internal sealed class RunFormatException(string path, string problem, long offset = 0)
    : DamagedFileException(new Damage(DamageKind.Block, path, offset), $"run file {path} {problem}");
