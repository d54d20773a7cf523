namespace Hedge.Storage.Caches;

/// <summary>What a block is wanted for.</summary>
internal enum BlockUse
{
    /// <summary>A look-up: the block is worth keeping when it comes again.</summary>
    Lookup,

    /// <summary>A scan: passing by says nothing about the block's worth.</summary>
    Scan,
}
