using Hedge.Storage.Damages;

namespace Hedge.Host.Commands.Administration;

/// <summary>What kinds of damage are called in INFO and in metrics.</summary>
internal static class DamageNames
{
    /// <summary>A kind's name.</summary>
    public static string Of(DamageKind kind) => kind switch
    {
        DamageKind.Block => "block",
        DamageKind.Value => "value",
        DamageKind.Missing => "missing",
        _ => "unreadable",
    };
}
