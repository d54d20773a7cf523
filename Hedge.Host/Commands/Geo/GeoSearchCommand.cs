using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Geo;

internal sealed class GeoSearchCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("GEOSEARCH", -7,
        CommandFlags.ReadOnly,
        AclCategory.Geo,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax =
            "key <FROMMEMBER member | FROMLONLAT longitude latitude> <BYRADIUS radius <M | KM | FT | " +
            "MI> | BYBOX width height <M | KM | FT | MI>> [ASC | DESC] [COUNT count [ANY]] " +
            "[WITHCOORD] [WITHDIST] [WITHHASH]",
        Arguments =
            "key from member longitude_latitude longitude:double latitude:double by circle " +
            "radius:double unit m km ft mi box ^ width:double height:double unit m km ft mi order asc " +
            "desc count count any withcoord withdist withhash",
        Since = "6.2.0",
        Group = "geo",
        Complexity =
            "O(N+log(M)) where N is the number of elements in the grid-aligned bounding box area " +
            "around the shape provided as the filter and M is the number of items inside the shape",
        Summary =
            "Query a sorted set representing a geospatial index to fetch members inside an area of a " +
            "box or a circle.",
        History =
        [
            ("7.0.0", "Added support for uppercase unit names."),
        ],
    };

    public static void Execute(CommandContext context) => GeoSearch.Run(context, GeoCommand.Search);
}
