namespace Hedge.Storage.Engines;

/// <summary>How keeping the logs goes.</summary>
/// <param name="IsOn">True when they are kept.</param>
/// <param name="Failure">Why a core's cannot be copied at present; null when all can.</param>
/// <param name="Gaps">How many segments were given up.</param>
public readonly record struct ArchiveFigures(bool IsOn, string? Failure, long Gaps);
