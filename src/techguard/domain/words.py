"""The closed lists of the field: every enumeration a person chooses from (domain.md §6a).

A member's first string is what is stored and exported; the second is its English label, a message id.
"""

from __future__ import annotations

from .fields import Choice


class Handling(Choice):
    """How confidential an entry of the register itself is."""

    INTERNAL = "internal", "Internal"
    CONFIDENTIAL = "confidential", "Confidential"
    STRICTLY_CONFIDENTIAL = "strictly_confidential", "Strictly confidential"


class Access(Choice):
    """What a person may do in the register (docs/explanation/threat-model.md says what enforces it)."""

    EDITOR = "editor", "Editor"
    REVIEWER = "reviewer", "Reviewer"
    READER = "reader", "Reader"


class Department(Choice):
    """The departments that take part; the guideline asks for a company-wide effort (section 4(2), 4(3))."""

    EXECUTIVE = "executive", "Executive management"
    PLANNING = "planning", "Corporate planning"
    HR = "hr", "Human resources"
    LEGAL = "legal", "Legal"
    RND = "rnd", "Research and development"
    PRODUCTION = "production", "Production technology"
    BUSINESS = "business", "Business unit"
    SECURITY = "security", "Information security"
    IP = "ip", "Intellectual property"
    EXPORT = "export", "Export control"
    PROCUREMENT = "procurement", "Procurement"
    FINANCE = "finance", "Finance"
    IT = "it", "IT"
    OTHER = "other", "Other"


class TechnologyKind(Choice):
    ELEMENT = "element", "Elemental technology"
    STRUCTURE = "structure", "Structural technology"
    CONTROL = "control", "Control technology"
    MATERIAL = "material", "Material technology"
    EVALUATION = "evaluation", "Evaluation technology"
    PRODUCTION = "production", "Production technology"
    SOFTWARE = "software", "Software"
    DATA = "data", "Data"
    OTHER = "other", "Other"


class TechnologyArea(Choice):
    """The twenty areas of specified critical technologies (Cabinet decision of 2022-09-30)."""

    BIOTECH = "biotech", "Biotechnology"
    MEDICAL = "medical", "Medical and public health"
    AI = "ai", "AI and machine learning"
    COMPUTING = "computing", "Advanced computing"
    SEMICONDUCTOR = "semiconductor", "Microprocessors and semiconductors"
    DATA_SCIENCE = "data_science", "Data science"
    MANUFACTURING = "manufacturing", "Advanced engineering and manufacturing"
    ROBOTICS = "robotics", "Robotics"
    QUANTUM = "quantum", "Quantum"
    SENSING = "sensing", "Advanced surveillance, positioning and sensors"
    BRAIN = "brain", "Brain-computer interface"
    ENERGY = "energy", "Advanced energy and storage"
    NETWORK = "network", "Advanced information and networks"
    CYBER = "cyber", "Cybersecurity"
    SPACE = "space", "Space"
    OCEAN = "ocean", "Ocean"
    TRANSPORT = "transport", "Transport"
    HYPERSONIC = "hypersonic", "Hypersonics"
    CBRN = "cbrn", "Chemical, biological, radiological and nuclear"
    MATERIALS = "materials", "Advanced materials"


class Lifecycle(Choice):
    RESEARCH = "research", "Research"
    DEVELOPMENT = "development", "Development"
    PILOT = "pilot", "Pilot"
    MASS_PRODUCTION = "mass_production", "Mass production"
    MATURE = "mature", "Mature"
    SUNSET = "sunset", "Sunset"


class InformationOwner(Choice):
    OWN = "own", "Own"
    PARTNER = "partner", "Partner"
    JOINT = "joint", "Jointly owned"


class Protection(Choice):
    TRADE_SECRET = "trade_secret", "Trade secret"
    PATENT = "patent", "Patent"
    PATENT_PENDING = "patent_pending", "Patent pending"
    DESIGN = "design", "Design right"
    COPYRIGHT = "copyright", "Copyright"
    LIMITED_DATA = "limited_data", "Shared data with limited access"
    CONTRACT_ONLY = "contract_only", "Contract only"
    NONE = "none", "No protection"


class OpenClose(Choice):
    OPEN = "open", "Open (published or patented)"
    CLOSE = "close", "Closed (kept secret)"
    MIXED = "mixed", "Mixed"


class SameFieldFirms(Choice):
    NONE = "none", "None"
    FEW = "few", "A few"
    MANY = "many", "Many"
    UNKNOWN = "unknown", "Unknown"


class PublicFunding(Choice):
    NONE = "none", "None"
    GOV_RND = "gov_rnd", "Government R&D"
    SUPPLY_PLAN = "supply_plan", "Supply plan (critical products)"
    UNKNOWN = "unknown", "Unknown"


class TechnologyStatus(Choice):
    CANDIDATE = "candidate", "Candidate"
    REGISTERED = "registered", "Registered"
    UNDER_REVIEW = "under_review", "Under review"
    RETIRED = "retired", "Retired"


class Criticality(Choice):
    """Class of a technology; S needs the most care (domain.md §6c.1)."""

    S = "S", "S"
    A = "A", "A"
    B = "B", "B"
    C = "C", "C"

    @property
    def rank(self) -> int:
        """4 for S, the most care, down to 1 for C."""
        return "CBAS".index(self.value) + 1


class InterviewQuestion(Choice):
    """What the interview asks of a candidate, in this order; each is a field of a technology, save one."""

    COMPETITIVE_EDGE = "competitive_edge", "Competitive edge"
    NON_SUBSTITUTABILITY = "non_substitutability", "Non-substitutability"
    CATCH_UP = "catch_up", "Catch-up"
    DEPENDENCE = "dependence", "Business dependence"
    NATIONAL_BASE = "national_base", "National base"
    SECRECY = "secrecy", "Secrecy"
    SAME_FIELD_FIRMS = "same_field_firms", "Same-field Japanese firms"
    INFORMATION_OWNER = "information_owner", "Information owner"
    ELEMENTS = "elements", "Know-how elements"
    SECRECY_MANAGED = "secrecy_managed", "Managed as secret"
    USEFUL = "useful", "Useful for business"
    NOT_PUBLIC = "not_public", "Not publicly known"


class ImpactDimension(Choice):
    """The six dimensions of impact; the highest decides (domain.md §6c.2)."""

    FINANCIAL = "financial", "Financial"
    MARKET = "market", "Market position"
    NATIONAL_BASE = "national_base", "Industrial and technology base"
    PARTNER_TRUST = "partner_trust", "Partner trust"
    LEGAL = "legal", "Legal and contract"
    DIVERSION = "diversion", "Diversion and safety"


class Requirement(Choice):
    """Whether one of the three trade-secret requirements is met."""

    MET = "met", "Met"
    PARTIAL = "partial", "Partly met"
    NOT_MET = "not_met", "Not met"
    UNKNOWN = "unknown", "Unknown"


class RegulatoryStatus(Choice):
    NOT_ASSESSED = "not_assessed", "Not assessed"
    NOT_APPLICABLE = "not_applicable", "Not applicable"
    APPLICABLE = "applicable", "Applicable"
    NEEDS_ACTION = "needs_action", "Needs action"


class PatentSecrecy(Choice):
    NOT_ASSESSED = "not_assessed", "Not assessed"
    NONE = "none", "Outside the system"
    FIRST = "first", "First review"
    SECOND = "second", "Security review"
    DESIGNATED = "designated", "Designated"
    RELEASED = "released", "Released"


class ElementType(Choice):
    EQUIPMENT_PARAMETER = "equipment_parameter", "Equipment parameter"
    PROCESS_CONDITION = "process_condition", "Process condition"
    FORMULATION = "formulation", "Formulation"
    TEST_METHOD = "test_method", "Test and measurement method"
    DESIGN_DATA = "design_data", "Design data"
    SOURCE_CODE = "source_code", "Source code"
    TRAINING_DATA = "training_data", "Training data"
    DRAWING = "drawing", "Drawing"
    TOOLING = "tooling", "Tooling"
    TACIT = "tacit", "Tacit knowledge"
    OTHER = "other", "Other"


class ElementForm(Choice):
    DOCUMENT = "document", "Document"
    FILE = "file", "File"
    EQUIPMENT = "equipment", "Equipment"
    SAMPLE = "sample", "Sample"
    PERSON = "person", "Person"
    SUPPLIER_HELD = "supplier_held", "Held by a supplier"


class CounterpartyKind(Choice):
    UNIVERSITY = "university", "University"
    RESEARCH_INSTITUTE = "research_institute", "Research institute"
    COMPANY = "company", "Company"
    STARTUP = "startup", "Start-up"
    SUPPLIER = "supplier", "Supplier"
    CONTRACTOR = "contractor", "Contractor"
    CUSTOMER = "customer", "Customer"
    JV = "jv", "Joint venture"
    INVESTOR = "investor", "Investor"
    FUND = "fund", "Fund"
    ADVISER = "adviser", "Adviser"
    AGENT = "agent", "Trader or agent"
    PERSON_GROUP = "person_group", "Group of people"
    OTHER = "other", "Other"


class Known(Choice):
    YES = "yes", "Yes"
    PARTLY = "partly", "Partly"
    NO = "no", "No"


class GovernmentInfluence(Choice):
    NONE_KNOWN = "none_known", "None known"
    POSSIBLE = "possible", "Possible"
    CONFIRMED = "confirmed", "Confirmed"
    UNKNOWN = "unknown", "Unknown"


class Certification(Choice):
    TICS = "tics", "TICS (technology information management)"
    ISO27001 = "iso27001", "ISO/IEC 27001"
    PRIVACY_MARK = "privacy_mark", "Privacy Mark"
    TISAX = "tisax", "TISAX"
    CMMC = "cmmc", "CMMC"
    NONE = "none", "None"


class DueDiligence(Choice):
    PROCEED = "proceed", "Proceed"
    CONDITIONS = "proceed_with_conditions", "Proceed with conditions"
    ESCALATE = "escalate", "Escalate"
    DO_NOT_PROCEED = "do_not_proceed", "Do not proceed"


class Zone(Choice):
    """Where a counterparty stands by its threat (domain.md §6c.4)."""

    CONTROL = "control", "Control zone"
    WATCH = "watch", "Watch zone"
    DANGER = "danger", "Danger zone"


class Upright(Choice):
    """The axis of the matrix that is drawn upwards."""

    LIKELIHOOD = "likelihood", "Likelihood"
    IMPACT = "impact", "Impact"


class EngagementKind(Choice):
    JOINT_RESEARCH = "joint_research", "Joint research"
    CO_DEVELOPMENT = "co_development", "Co-development"
    LICENSE_OUT = "license_out", "Licence out"
    TECHNICAL_ASSISTANCE = "technical_assistance", "Technical assistance"
    MA_SELL = "ma_sell", "Sell-side M&A"
    MA_BUY = "ma_buy", "Buy-side M&A"
    DIVESTITURE = "divestiture", "Divestiture"
    CAPITAL_ALLIANCE = "capital_alliance", "Capital alliance"
    LISTING = "listing", "Listing"
    JV = "jv", "Joint venture"
    OVERSEAS_PRODUCTION = "overseas_production", "Overseas production"
    CONTRACT_MANUFACTURING = "contract_manufacturing", "Contract manufacturing"
    PROCUREMENT_ADJUST = "procurement_adjust", "Procurement adjustment"
    SUPPLY = "supply", "Supply"
    HIRING = "hiring", "Hiring"
    RETIREMENT = "retirement", "Leaving"
    SECONDMENT = "secondment", "Secondment"
    EXHIBITION = "exhibition", "Exhibition"
    VISIT = "visit", "Visit"
    PUBLICATION = "publication", "Publication"
    STANDARDIZATION = "standardization", "Standardisation"
    PATENT_FILING = "patent_filing", "Patent filing"
    IT_CLOUD = "it_cloud", "IT and cloud"
    OTHER = "other", "Other"


class Stage(Choice):
    """Where an engagement stands; the middle four are the guidance's stages for overseas business."""

    IDEA = "idea", "Idea"
    PLANNING = "planning", "Planning"
    CONTRACTING = "contracting", "Contracting"
    EXECUTION = "execution", "Execution"
    TERMINATION = "termination", "Termination"
    CLOSED = "closed", "Closed"


class DisclosureScope(Choice):
    NONE = "none", "None"
    RESULTS_ONLY = "results_only", "Results only"
    BLACK_BOX = "black_box", "Black box"
    PARTIAL = "partial", "Partial"
    FULL = "full", "Full"


class AgreementType(Choice):
    NDA = "nda", "NDA"
    JRA = "jra", "Joint research agreement"
    JDA = "jda", "Joint development agreement"
    SHA = "sha", "Shareholders' agreement"
    SPA = "spa", "Share purchase agreement"
    LICENSE = "license", "Licence agreement"
    SUPPLY = "supply", "Supply agreement"
    EMPLOYMENT = "employment", "Employment agreement or pledge"
    OTHER = "other", "Other"


class MilestoneKind(Choice):
    """Dated events that make an exposure urgent (domain.md §6c.6)."""

    SIGNING = "signing", "Signing"
    PUBLICATION = "publication", "Publication"
    EXPIRY = "expiry", "Expiry"
    LEAVING = "leaving", "Leaving"
    OTHER = "other", "Other"


class Direction(Choice):
    OUTBOUND = "outbound", "Outbound leak"
    INBOUND = "inbound_contamination", "Inbound contamination"


class Vector(Choice):
    PEOPLE = "people", "People"
    GOODS = "goods", "Goods"
    MONEY = "money", "Money"
    CYBER = "cyber", "Cyber"
    INFORMATION = "information", "Information"


class ThreatActor(Choice):
    EMPLOYEE = "employee", "Employee"
    LEAVER = "leaver", "Leaver"
    COMPETITOR = "competitor", "Competitor"
    PARTNER = "partner", "Partner"
    INVESTOR = "investor", "Investor"
    STATE_LINKED = "state_linked", "State-linked"
    CRIMINAL = "criminal", "Criminal"
    HACKTIVIST = "hacktivist", "Hacktivist"
    UNKNOWN = "unknown", "Unknown"


class ExposureStatus(Choice):
    IDENTIFIED = "identified", "Identified"
    RATED = "rated", "Rated"
    TREATING = "treating", "Treating"
    ACCEPTED = "accepted", "Accepted"
    CLOSED = "closed", "Closed"


class Treatment(Choice):
    OPEN = "open", "Undecided"
    MITIGATE = "mitigate", "Mitigate"
    TRANSFER = "transfer", "Transfer"
    AVOID = "avoid", "Avoid"
    ACCEPT = "accept", "Accept"


class Basis(Choice):
    """What a rating assumes: no controls, today's controls, or the controls that are planned."""

    INHERENT = "inherent", "Inherent (before controls)"
    CURRENT = "current", "Current"
    TARGET = "target", "Target (after planned controls)"


class Purpose(Choice):
    """Five purposes of the handbook on protecting confidential information (P), and four of ours (X)."""

    P1 = "P1", "Control of approach"
    P2 = "P2", "Making removal hard"
    P3 = "P3", "Visibility"
    P4 = "P4", "Awareness"
    P5 = "P5", "Trust"
    X1 = "X1", "Contract"
    X2 = "X2", "Technical concealment"
    X3 = "X3", "Governance"
    X4 = "X4", "After the event"


class Addressee(Choice):
    EMPLOYEES = "employees", "Employees"
    LEAVERS = "leavers", "Leavers"
    PARTNERS = "partners", "Partners"
    OUTSIDERS = "outsiders", "Outsiders"
    ALL = "all", "All"


class ControlKind(Choice):
    PREVENTIVE = "preventive", "Preventive"
    DETECTIVE = "detective", "Detective"
    CORRECTIVE = "corrective", "Corrective"


class CountermeasureStatus(Choice):
    PROPOSED = "proposed", "Proposed"
    APPROVED = "approved", "Approved"
    IN_PROGRESS = "in_progress", "In progress"
    IMPLEMENTED = "implemented", "Implemented"
    VERIFIED = "verified", "Verified"
    INEFFECTIVE = "ineffective", "Ineffective"
    CANCELLED = "cancelled", "Cancelled"


class AcceptanceRole(Choice):
    """Who accepts; level 4 needs an executive officer, level 5 the board (domain.md §6c.7)."""

    MANAGER = "manager", "Department head"
    OFFICER = "officer", "Executive officer"
    BOARD = "board", "Board of directors"


class ReviewKind(Choice):
    QUARTERLY = "quarterly", "Quarterly"
    SEMIANNUAL = "semiannual", "Semi-annual"
    ANNUAL = "annual", "Annual"
    AD_HOC = "ad_hoc", "Ad hoc"


class ReviewStatus(Choice):
    PLANNED = "planned", "Planned"
    IN_PREPARATION = "in_preparation", "In preparation"
    HELD = "held", "Held"
    CLOSED = "closed", "Closed"
    CANCELLED = "cancelled", "Cancelled"


class OutcomeKind(Choice):
    """What a review session did with an item of its agenda."""

    PENDING = "pending", "Not discussed yet"
    CONFIRMED = "confirmed", "Confirmed"
    RERATED = "rerated", "Rated again"
    ACCEPTED = "accepted", "Accepted"
    ASSIGNED = "assigned", "Countermeasure assigned"
    NOTED = "noted", "Noted"
    DEFERRED = "deferred", "Deferred"
    CONSULT = "consult", "Consultation asked"


class DecisionCategory(Choice):
    TREATMENT = "treatment", "Treatment"
    ACCEPTANCE = "acceptance", "Acceptance"
    CAPITAL_POLICY = "capital_policy", "Capital policy"
    GO_NO_GO = "go_no_go", "Go or no-go"
    RESOURCE = "resource", "Resource"
    CONSULTATION = "consultation", "Consultation"
    OTHER = "other", "Other"


class DecisionStatus(Choice):
    ASKED = "asked", "To be decided"
    DECIDED = "decided", "Decided"
    DONE = "done", "Done"
    WITHDRAWN = "withdrawn", "Withdrawn"


class AssumptionStanding(Choice):
    """Whether a person stands behind an assumed exposure, or it is as the program proposed it."""

    PROPOSED = "proposed", "Proposal"
    CONFIRMED = "confirmed", "Confirmed"


class Verdict(Choice):
    """What was decided about a deal."""

    GO = "go", "Go"
    CONDITIONS = "conditions", "Go with conditions"
    NO_GO = "no_go", "No-go"


class Answer(Choice):
    YES = "yes", "Yes"
    NO = "no", "No"
    NOT_APPLICABLE = "not_applicable", "Not applicable"


class ConsultationKind(Choice):
    CONSULTATION = "consultation", "Consultation"
    DIALOGUE = "dialogue", "Dialogue with same-field firms"


class Authority(Choice):
    METI = "meti", "METI"
    METI_BUREAU = "meti_bureau", "METI regional bureau"
    POLICE = "police", "Police"
    PSIA = "psia", "PSIA (public security)"
    INPIT = "inpit", "INPIT"
    JFTC = "jftc", "Japan Fair Trade Commission"
    LAWYER = "lawyer", "Lawyer"
    PATENT_ATTORNEY = "patent_attorney", "Patent attorney"
    CABINET_OFFICE = "cabinet_office", "Cabinet Office"
    MOF = "mof", "Ministry of Finance"
    SAME_FIELD = "same_field", "Same-field firm"
    OTHER = "other", "Other"


class AntitrustReview(Choice):
    NONE = "none", "Not considered"
    NEEDED = "needed", "Needed"
    DONE = "done", "Done"


class ConsultationStatus(Choice):
    PENDING = "pending", "Pending"
    DONE = "done", "Done"


class ObservationKind(Choice):
    SIGN = "sign", "Warning sign"
    INCIDENT = "incident", "Incident"


class ObservationStatus(Choice):
    OPEN = "open", "Open"
    EXPLAINED = "explained", "Explained"
    ESCALATED = "escalated", "Escalated"
    SUSPECTED = "suspected", "Suspected"
    CONFIRMED = "confirmed", "Confirmed"
    CLOSED = "closed", "Closed"
    UNFOUNDED = "unfounded", "Unfounded"


class Language(Choice):
    JA = "ja", "Japanese"
    EN = "en", "English"


class RedactionLevel(Choice):
    R0 = "R0", "R0: full"
    R1 = "R1", "R1: board"
    R2 = "R2", "R2: outside adviser"
    R3 = "R3", "R3: statistics only"


class LossForm(Choice):
    """The six forms in which a loss shows (FAIR; domain.md §5.4)."""

    PRODUCTIVITY = "productivity", "Lost productivity"
    RESPONSE = "response", "Cost of response"
    REPLACEMENT = "replacement", "Cost of replacement"
    COMPETITIVE_ADVANTAGE = "competitive_advantage", "Lost competitive advantage"
    FINES_JUDGMENTS = "fines_judgments", "Fines and judgments"
    REPUTATION = "reputation", "Damage to reputation"


class FileFormat(Choice):
    """What a document leaves the register as. The forms in age are readable once age has opened them."""

    PDF = "pdf", "PDF"
    HTML = "html", "Web page"
    XLSX = "xlsx", "Excel workbook"
    AGE = "age", "PDF in age"
    HTML_AGE = "html.age", "Web page in age"
    XLSX_AGE = "xlsx.age", "Excel workbook in age"
    ZIP_AGE = "zip.age", "Evidence package in age"
    ZIP = "zip", "Evidence package, unsealed"

    @property
    def is_package(self) -> bool:
        """Whether it is no document to be read but a package of evidence."""
        return self in {FileFormat.ZIP_AGE, FileFormat.ZIP}

    @property
    def in_age(self) -> bool:
        """Whether age seals it: for public keys, or with a passphrase."""
        return self.value.endswith("age")
