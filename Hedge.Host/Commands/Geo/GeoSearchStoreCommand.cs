using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Geo;

internal sealed class GeoSearchStoreCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("GEOSEARCHSTORE", -8,
        CommandFlags.Write | CommandFlags.DenyOom,
        AclCategory.Geo,
        KeySpec.At(1, KeyFlags.Overwrite | KeyFlags.Update),
        KeySpec.At(2, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Traits = CommandTraits.TellsNewKeys,
        Syntax =
            "destination source <FROMMEMBER member | FROMLONLAT longitude latitude> <BYRADIUS radius " +
            "<M | KM | FT | MI> | BYBOX width height <M | KM | FT | MI>> [ASC | DESC] [COUNT count " +
            "[ANY]] [STOREDIST]",
        Arguments =
            "destination:key source:key#1 from member longitude_latitude longitude:double " +
            "latitude:double by circle radius:double unit m km ft mi box ^ width:double height:double " +
            "unit m km ft mi order asc desc count count any storedist",
        Since = "6.2.0",
        Group = "geo",
        Complexity =
            "O(N+log(M)) where N is the number of elements in the grid-aligned bounding box area " +
            "around the shape provided as the filter and M is the number of items inside the shape",
        Summary =
            "Query a sorted set representing a geospatial index to fetch members inside an area of a " +
            "box or a circle, and store the result in another key.",
        History =
        [
            ("7.0.0", "Added support for uppercase unit names."),
        ],
    };

    public static void Execute(CommandContext context) => GeoSearch.Run(context, GeoCommand.SearchStore);
}
