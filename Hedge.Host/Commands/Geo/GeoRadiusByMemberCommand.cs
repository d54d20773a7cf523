using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Geo;

internal sealed class GeoRadiusByMemberCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("GEORADIUSBYMEMBER", -5,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.MovableKeys,
        AclCategory.Geo,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access),
        KeySpec.After("STORE", 5, KeyFlags.Overwrite | KeyFlags.Update, ("STOREDIST", 1)),
        KeySpec.After("STOREDIST", 5, KeyFlags.Overwrite | KeyFlags.Update, ("STORE", 1)))
    {
        Traits = CommandTraits.TellsNewKeys,
        Syntax =
            "key member radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count " +
            "[ANY]] [ASC | DESC] [STORE key] [STOREDIST key]",
        Arguments =
            "key member radius:double unit m km ft mi withcoord withdist withhash count count any " +
            "order asc desc key#1 key#2",
        Since = "3.2.0",
        Group = "geo",
        Complexity =
            "O(N+log(M)) where N is the number of elements inside the bounding box of the circular " +
            "area delimited by center and radius and M is the number of items inside the index.",
        Summary =
            "Query a sorted set representing a geospatial index to fetch members matching a given " +
            "maximum distance from a member",
        History =
        [
            ("7.0.0", "Added support for uppercase unit names."),
        ],
        DeprecatedSince = "6.2.0",
        ReplacedBy = "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments",
    };

    public static void Execute(CommandContext context) => GeoSearch.Run(context, GeoCommand.RadiusByMember);
}
