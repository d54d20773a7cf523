using Hedge.Storage.Io;

namespace Hedge.Storage.Recoveries;

/// <summary>What a recovery takes from outside beside the disk.</summary>
/// <param name="Clock">The time.</param>
/// <param name="Seed">Chance.</param>
internal readonly record struct RecoverySources(IClock Clock, ISeed Seed);
