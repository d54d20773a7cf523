namespace Hedge.Host.Commands.Geo;

/// <summary>The commands that search.</summary>
internal enum GeoCommand
{
    /// <summary>GEORADIUS.</summary>
    Radius,

    /// <summary>GEORADIUS_RO.</summary>
    RadiusReadOnly,

    /// <summary>GEORADIUSBYMEMBER.</summary>
    RadiusByMember,

    /// <summary>GEORADIUSBYMEMBER_RO.</summary>
    RadiusByMemberReadOnly,

    /// <summary>GEOSEARCH.</summary>
    Search,

    /// <summary>GEOSEARCHSTORE.</summary>
    SearchStore,
}
