namespace Hedge.Host.Commands.Geo;

/// <summary>A place on the earth, in degrees.</summary>
internal readonly record struct GeoPosition(double Longitude, double Latitude)
{
    /// <summary>The highest latitude that a sorted set can hold: that of the square Mercator map.</summary>
    public const double LatitudeMax = 85.05112878;

    /// <summary>The highest longitude.</summary>
    public const double LongitudeMax = 180;

    // What Redis takes for the earth's radius.
    private const double EarthRadiusMeters = 6372797.560856;
    private const double RadiansPerDegree = Math.PI / 180;

    /// <summary>True for a place that a sorted set can hold.</summary>
    public bool IsValid => Longitude is >= -LongitudeMax and <= LongitudeMax
        && Latitude is >= -LatitudeMax and <= LatitudeMax;

    /// <summary>The distance of two places in metres, by the haversine formula.</summary>
    public double DistanceTo(GeoPosition other)
    {
        double v = Math.Sin((Radians(other.Longitude) - Radians(Longitude)) / 2);
        if (v == 0) return LatitudeDistance(Latitude, other.Latitude);
        double here = Radians(Latitude), there = Radians(other.Latitude);
        double u = Math.Sin((there - here) / 2);
        double a = (u * u) + (Math.Cos(here) * Math.Cos(there) * v * v);
        return 2 * EarthRadiusMeters * Math.Asin(Math.Sqrt(a));
    }

    /// <summary>The distance of two latitudes in metres.</summary>
    public static double LatitudeDistance(double one, double other) =>
        EarthRadiusMeters * Math.Abs(Radians(other) - Radians(one));

    /// <summary>Degrees of latitude that a distance in metres spans.</summary>
    public static double LatitudeDegrees(double meters) => Degrees(meters / EarthRadiusMeters);

    /// <summary>Degrees of longitude that a distance in metres spans at a latitude.</summary>
    public static double LongitudeDegrees(double meters, double latitude) =>
        Degrees(meters / EarthRadiusMeters / Math.Cos(Radians(latitude)));

    private static double Radians(double degrees) => degrees * RadiansPerDegree;

    private static double Degrees(double radians) => radians / RadiansPerDegree;
}
