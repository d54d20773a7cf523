namespace Hedge.Storage.Damages;

/// <summary>One place in a file that is not as it should be.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Path">The file.</param>
/// <param name="Offset">Where in it; 0 when the file as a whole is meant.</param>
/// <param name="IsBeingMended">True when the engine makes anew what is missing.</param>
public sealed record Damage(DamageKind Kind, string Path, long Offset, bool IsBeingMended = false);
