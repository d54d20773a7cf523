namespace Hedge.Host.Commands.Geo;

/// <summary>
/// What is searched: a circle or a box around a place. As Redis does:
/// <code>
/// 1. Choose the size of cells by the radius (of a box: half of its diagonal), coarser near the poles.
/// 2. Take the cell of the middle and its eight neighbours; when those do not reach to the shape's bounds,
///    take cells of twice the size.
/// 3. Leave out the neighbours on sides where the cell in the middle reaches beyond the bounds.
/// 4. Look at all places in those cells.
/// </code>
/// </summary>
/// <param name="Center">The middle.</param>
/// <param name="Width">Of a circle: the radius; of a box: its width. In units.</param>
/// <param name="Height">Of a box: its height, in units.</param>
/// <param name="IsBox">True for a box.</param>
/// <param name="UnitMeters">Metres of a unit.</param>
internal readonly record struct GeoShape(GeoPosition Center, double Width, double Height, bool IsBox,
    double UnitMeters)
{
    // Half of the circumference of the Mercator map.
    private const double MercatorMax = 20037726.37;
    private const double NearPole = 66;
    private const double NearerPole = 80;

    /// <summary>The cells that may have places of the shape, in Redis's order; where the map is small,
    /// neighbours may be the same cell.</summary>
    public List<GeoCell> Cells()
    {
        GeoBounds bounds = Bounds();
        double radius = UnitMeters
            * (IsBox ? Math.Sqrt((Width / 2 * (Width / 2)) + (Height / 2 * (Height / 2))) : Width);
        int steps = StepsFor(radius, Center.Latitude);
        GeoCell cell = GeoCell.Of(Center, steps);
        if (steps > 1 && !Reach(cell, bounds)) cell = GeoCell.Of(Center, --steps);
        GeoBounds area = cell.Bounds;
        var cells = new List<GeoCell> { cell };
        foreach ((int east, int north) in (ReadOnlySpan<(int, int)>)
            [(0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1)])
        {
            bool isUseless = steps >= 2 && (
                (north < 0 && area.South < bounds.South) || (north > 0 && area.North > bounds.North)
                || (east < 0 && area.West < bounds.West) || (east > 0 && area.East > bounds.East));
            GeoCell neighbor = cell.Neighbor(east, north);
            // A place is found once: in a large area a cell is its neighbour's neighbour from both sides.
            if (!isUseless && neighbor != cells[^1]) cells.Add(neighbor);
        }

        return cells;
    }

    /// <summary>True for a place in the shape.</summary>
    /// <param name="place">The place.</param>
    /// <param name="meters">Its distance from the middle.</param>
    public bool Contains(GeoPosition place, out double meters)
    {
        meters = 0;
        if (IsBox)
        {
            if (GeoPosition.LatitudeDistance(place.Latitude, Center.Latitude) > Height * UnitMeters / 2)
                return false;
            double across = place.DistanceTo(Center with { Latitude = place.Latitude });
            if (across > Width * UnitMeters / 2) return false;
        }

        meters = Center.DistanceTo(place);
        return IsBox || meters <= Width * UnitMeters;
    }

    private GeoBounds Bounds()
    {
        double high = UnitMeters * (IsBox ? Height / 2 : Width);
        double wide = UnitMeters * (IsBox ? Width / 2 : Width);
        double north = GeoPosition.LatitudeDegrees(high);
        // Where the parallels are shorter, more degrees are needed.
        double outer = Center.Latitude < 0 ? Center.Latitude - north : Center.Latitude + north;
        double east = GeoPosition.LongitudeDegrees(wide, outer);
        return new(Center.Longitude - east, Center.Latitude - north, Center.Longitude + east,
            Center.Latitude + north);
    }

    private static bool Reach(GeoCell cell, GeoBounds bounds) =>
        cell.Neighbor(0, 1).Bounds.North >= bounds.North && cell.Neighbor(0, -1).Bounds.South <= bounds.South
        && cell.Neighbor(1, 0).Bounds.East >= bounds.East && cell.Neighbor(-1, 0).Bounds.West <= bounds.West;

    private static int StepsFor(double radius, double latitude)
    {
        if (radius == 0) return GeoCell.StepsMax;
        int steps = 1;
        for (; radius < MercatorMax; radius *= 2) steps++;
        steps -= 2;
        double fromEquator = Math.Abs(latitude);
        if (fromEquator > NearPole) steps--;
        if (fromEquator > NearerPole) steps--;
        return Math.Clamp(steps, 1, GeoCell.StepsMax);
    }
}
