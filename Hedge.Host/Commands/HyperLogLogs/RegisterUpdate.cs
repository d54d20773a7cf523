namespace Hedge.Host.Commands.HyperLogLogs;

/// <summary>What raising a register came to.</summary>
internal enum RegisterUpdate
{
    /// <summary>It was as high already.</summary>
    Unchanged,

    /// <summary>It is higher now.</summary>
    Raised,

    /// <summary>The value is damaged.</summary>
    Damaged,
}
